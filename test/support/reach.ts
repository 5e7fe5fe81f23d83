import { posix } from "node:path";
import { filesMatching } from "../sync/support/repository.ts";

/** A declaration of a file of ours, as `path#name`, to its text. */
export type Reached = ReadonlyMap<string, string>;

interface Parsed {
  /** By the name here: where it is from, and its name there. */
  readonly imports: ReadonlyMap<string, readonly [path: string, name: string]>;
  readonly declarations: ReadonlyMap<string, string>;
}

const DECLARED =
  /^(?:export )?(?:async )?(?:abstract )?(?:function\*?|class|const|let) +(\{[^}]*\}|\[[^\]]*\]|[\w$]+)/;
const TYPE = /^(?:export )?(?:type|interface|declare|import)\b/;
const IMPORTED = /^import (?!type\b)([^;]*?) ?from "(\.[^"]+)";/gm;
const IMPORTED_LATER = /\bconst (\{[^}]*\}) = await import\("(\.[^"]+)"\);/g;
/** What stands in no declaration of a file, and runs when it is imported. */
const TOP = "(top)";
/** What a file exports as it got it: imported, and declared by its name alone. */
const PASSED_ON = /^export (\{[^}]*\}) from "([^"]+)";/gm;
/** What `import * as` may reach of a file. */
const ALL = "*";

/**
 * What can be reached from a declaration of our code: by the names in its text, those that these are
 * of, and so on. Prettier's layout makes declarations plain to see. It takes words for what they are
 * not now and then, and so finds a little too much, never too little.
 *
 * @param except declarations, as `path#name`, at which it turns back
 */
export function reachedFrom(start: string, except: readonly string[]): Reached {
  const files = new Map(
    filesMatching(["{gateway,worker,shared}/**/*.ts"]).map(({ path, text }) => [
      path,
      parsed(path, text),
    ]),
  );
  const reached = new Map<string, string>();
  const visit = (path: string, name: string): void => {
    const id = `${path}#${name}`;
    const file = files.get(path);
    const text = file?.declarations.get(name);
    if (file === undefined || text === undefined) return;
    if (reached.has(id) || except.includes(id)) return;
    reached.set(id, text);
    visit(path, TOP);
    for (const word of new Set(text.match(/[\w$]+/g))) {
      visit(path, word);
      const from = file.imports.get(word);
      if (from !== undefined) visitAll(...from);
    }
  };
  const visitAll = (path: string, name: string): void => {
    const names = name === ALL ? [...(files.get(path)?.declarations.keys() ?? [])] : [name];
    for (const it of names) visit(path, it);
  };
  const [path = "", name = ""] = start.split("#");
  visit(path, name);
  return reached;
}

function parsed(path: string, source: string): Parsed {
  const text = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm, "");
  const imports = new Map<string, readonly [string, string]>();
  if (/^export \*[^;]* from /m.test(text)) throw new Error(`${path}: cannot follow exports`);
  const passedOn = [...text.matchAll(PASSED_ON)];
  for (const [statement, list = "", from = ""] of [
    ...text.matchAll(IMPORTED),
    ...passedOn,
    ...text.matchAll(IMPORTED_LATER),
  ]) {
    const target = posix.join(posix.dirname(path), from);
    const [, all] = /^\* as (\w+)$/.exec(list) ?? [];
    if (all !== undefined) {
      imports.set(all, [target, ALL]);
      continue;
    }
    if (!/^\{.*\}$/s.test(list)) throw new Error(`${path}: cannot follow ${statement}`);
    for (const [, name = "", here = name] of list.matchAll(/(\w+)(?: as (\w+))?/g)) {
      imports.set(here, [target, name]);
    }
  }
  const names = passedOn.flatMap(([, list = ""]) => list.match(/\w+/g) ?? []);
  const declarations = new Map(names.map((name) => [name, name]));
  return { imports, declarations: new Map([...declarations, ...declarationsOf(text)]) };
}

function declarationsOf(text: string): ReadonlyMap<string, string> {
  const declarations = new Map<string, string>();
  let names: readonly string[] = [];
  for (const line of text.split("\n")) {
    const name = DECLARED.exec(line)?.[1];
    if (name !== undefined) names = name.match(/[\w$]+/g) ?? [];
    else if (TYPE.test(line)) names = [];
    else if (/^[^\s)\]}]/.test(line)) names = [TOP];
    for (const it of names) declarations.set(it, `${declarations.get(it) ?? ""}${line}\n`);
  }
  return declarations;
}
