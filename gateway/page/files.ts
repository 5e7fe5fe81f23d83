import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { Page } from "../http/page.ts";
import { stripped } from "./stripped.ts";

const BROWSER = new URL("./browser/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ts": "text/javascript; charset=utf-8",
};

/** Libraries, by the name that our modules import, and what their files are called here. */
export const LIBRARIES = {
  preact: "vendor/preact.js",
  "preact/hooks": "vendor/preact-hooks.js",
  htm: "vendor/htm.js",
  marked: "vendor/marked.js",
} as const;

/** A library's file, as a module for browsers. */
const VENDOR: Readonly<Record<string, string>> = {
  "vendor/preact.js": "preact",
  "vendor/preact-hooks.js": "preact/hooks",
  "vendor/htm.js": "htm",
  "vendor/marked.js": "marked",
};

/** What the page is made of beside its HTML, as `folder/name`. Read from disk once. */
export class PageFiles {
  /** Of our own, `folder/name`. */
  readonly own: readonly string[] = readdirSync(BROWSER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesOf(name));
  readonly #kept = new Map<string, Page>();
  #modules: Promise<unknown> | undefined;

  get names(): readonly string[] {
    return [...this.own, ...Object.keys(VENDOR)];
  }

  /** @returns undefined for what is none of them */
  async find(name: string): Promise<Page | undefined> {
    if (!this.names.includes(name)) return undefined;
    // All modules at once: who loads one loads them all.
    if (extname(name) === ".ts") await (this.#modules ??= this.#strip());
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const library = VENDOR[name];
    const url =
      library === undefined ? new URL(name, BROWSER) : new URL(import.meta.resolve(library));
    return this.#keep(name, readFileSync(url));
  }

  async #strip(): Promise<void> {
    const names = this.own.filter((name) => extname(name) === ".ts");
    const texts = names.map((name) => readFileSync(new URL(name, BROWSER), "utf8"));
    for (const [i, text] of (await stripped(texts)).entries()) {
      this.#keep(names[i] ?? "", Buffer.from(text));
    }
  }

  #keep(name: string, body: Buffer<ArrayBuffer>): Page {
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    const page = new Page({ body, type });
    this.#kept.set(name, page);
    return page;
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, BROWSER))
    .filter((name) => extname(name) in TYPES)
    .map((name) => `${folder}/${name}`);
}
