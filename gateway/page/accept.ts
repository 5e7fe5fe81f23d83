/**
 * Whether who asks would rather have HTML than JSON, as browsers do. What takes anything, such as curl,
 * and what says nothing, gets JSON.
 *
 * @param accept the header `Accept`
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept
 */
export function prefersHtml(accept = ""): boolean {
  const weights = new Map(accept.toLowerCase().split(",").map(weightOf));
  const html = weights.get("text/html") ?? 0;
  return html > 0 && html >= (weights.get("application/json") ?? 0);
}

function weightOf(range: string): readonly [type: string, weight: number] {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return [type, weight === undefined ? 1 : Number(weight) || 0];
}
