/** Each dialect but our own, under its name in `DIALECTS`. A new one is a folder, and its line here. */
export { azureml } from "./dialects/azureml/operations.ts";
export { openai } from "./dialects/openai/operations.ts";
