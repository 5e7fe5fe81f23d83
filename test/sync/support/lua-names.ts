/** What Redis gives to each script, as far as ours use it. */
const GIVEN =
  "ARGV KEYS cjson ipairs math pairs pcall redis string table tonumber tostring unpack".split(" ");
const KEYWORDS = new Set(
  "and break do else elseif end false for function if in local nil not or repeat return then true until while".split(
    " ",
  ),
);
const TOKEN =
  /--.*$|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\.{2,3}|[=~<>]=|[A-Za-z_]\w*|\d[\w.]*|\S/gm;

/** Members that may be named behind a local; undefined where any may. */
type Scope = Map<string, ReadonlySet<string> | undefined>;

/**
 * Names in a script that nothing declares: variables, and members of what is made for it (records as they
 * are read, items). Fields and keys are no names any more when it is sent: those that there are not stop
 * it from being made.
 *
 * @param source as it is sent
 */
export function unknownNames(source: string): readonly string[] {
  const readers = readersOf(source);
  const tokens = (source.match(TOKEN) ?? []).filter((token) => !token.startsWith("--"));
  const scopes: Scope[] = [new Map(GIVEN.map((name) => [name, undefined]))];
  /** Names of a `for`, or of parameters, that the next block has. */
  let pending: Scope = new Map();
  const unknown: string[] = [];
  const brackets: string[] = [];
  const declare = (name: string, members?: ReadonlySet<string>): void =>
    void scopes.at(-1)?.set(name, members);
  const open = (): void => {
    scopes.push(pending);
    pending = new Map();
  };
  const namesFrom = (at: number): string[] => {
    const names = [tokens[at] ?? ""];
    for (let i = at + 1; tokens[i] === ","; i += 2) names.push(tokens[i + 1] ?? "");
    return names;
  };
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] ?? "";
    const [before, next] = [tokens[i - 1], tokens[i + 1] ?? ""];
    if ("({[".includes(token)) brackets.push(token);
    else if (")}]".includes(token)) brackets.pop();
    else if (token === "end" || token === "until") scopes.pop();
    else if (["do", "then", "repeat"].includes(token)) open();
    else if (token === "else" || token === "elseif") {
      scopes.pop();
      if (token === "else") open();
    } else if (token === "function") {
      if (before === "local") declare(next);
      const from = before === "local" ? i + 3 : i + 2;
      const names = tokens[from] === ")" ? [] : namesFrom(from);
      pending = new Map(names.map((name) => [name, undefined]));
      open();
      i = from + Math.max(0, names.length * 2 - 1);
    } else if (token === "local" && next !== "function") {
      const names = namesFrom(i + 1);
      const value = i + 2 * names.length;
      const made = tokens[value] === "=" ? tokens[value + 1] : undefined;
      const members = readers.get(made ?? "");
      for (const name of names) declare(name, names.length === 1 ? members : undefined);
    } else if (token === "for") {
      const names = namesFrom(i + 1);
      const from = tokens[i + 2 * names.length + 1];
      pending = new Map(names.map((name) => [name, readers.get(from ?? "")]));
      i += 2 * names.length - 1;
    } else if (
      /^[A-Za-z_]/.test(token) &&
      !KEYWORDS.has(token) &&
      before !== "." &&
      before !== ":"
    ) {
      if (brackets.at(-1) === "{" && next === "=") continue;
      const scope = scopes.findLast((it) => it.has(token));
      if (scope === undefined) unknown.push(token);
      const members = scope?.get(token);
      const member = next === "." ? (tokens[i + 2] ?? "") : undefined;
      if (members && member !== undefined && !members.has(member))
        unknown.push(`${token}.${member}`);
    }
  }
  return unknown;
}

/** Functions that are made for a script → members of what they give. */
function readersOf(source: string): ReadonlyMap<string, ReadonlySet<string>> {
  const readers = new Map<string, Set<string>>();
  const made =
    /^local function (\w+)\((?:key)?\)\nlocal (?:r = redis.call\('HMGET'|k, a = )[^]*?^(?:return|local item =) \{ (.*) \}/gm;
  for (const [, name = "", members = ""] of source.matchAll(made)) {
    const known = readers.get(name) ?? new Set();
    for (const [, member = ""] of members.matchAll(/(\w+) = /g)) known.add(member);
    readers.set(name, known);
  }
  return readers;
}
