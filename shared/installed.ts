import { extname, resolve } from "node:path";

/** What the names of our code's files end with: `.ts`, or `.js` in the npm package. */
export const CODE = extname(import.meta.filename);

/** The folder that our code stands in: the clone, `/app` of an image, or `app` of the package. */
export const CODE_ROOT = resolve(import.meta.dirname, "..");
