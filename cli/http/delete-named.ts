import type { Arguments, Shell } from "../terminal/command.ts";
import { Gateway } from "./gateway.ts";

/** Deletes what the command names. @param pathOf where something of that name is */
export async function deleteNamed(
  pathOf: (name: string) => string,
  given: Arguments,
  shell: Shell,
): Promise<void> {
  const [name = ""] = given.words;
  await new Gateway(given, shell).send({ path: pathOf(name), method: "DELETE" });
  const json = JSON.stringify({ name, deleted: true });
  shell.print(given.flags["json"] === true ? json : `${name} is deleted`);
}
