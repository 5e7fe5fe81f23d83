import htm from "htm";
import { h, type ComponentChildren } from "preact";

// Its types are those of the CommonJS file, of which the function is a member; the module is the function.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const build = (htm as unknown as typeof htm.default).bind(h);

/**
 * Markup as a template: `html\`<p>${text}</p>\``. Texts are texts: nothing is ever read as HTML. Line breaks
 * are blanks, as in HTML; htm alone would drop them, and the words on both sides would be one.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): ComponentChildren {
  return build(onLine(strings), ...values);
}

/** The same object for the same template: htm knows by it what it has read before. */
const known = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

function onLine(strings: TemplateStringsArray): TemplateStringsArray {
  const found = known.get(strings);
  if (found !== undefined) return found;
  const made = Object.assign(strings.map(joinLines), { raw: strings.raw });
  known.set(strings, made);
  return made;
}

function joinLines(text: string): string {
  const [first = "", ...others] = text.split("\n");
  if (others.length === 0) return first;
  const last = others.pop() ?? "";
  const lines = [first.trimEnd(), ...others.map((line) => line.trim()), last.trimStart()];
  return lines.filter((line, i) => line !== "" || i === 0 || i === lines.length - 1).join(" ");
}
