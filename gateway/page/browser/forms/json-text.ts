const LINE = 72;

/** JSON with line breaks where a line would be too long. */
export function jsonText(value: unknown, indent = ""): string {
  const flat = JSON.stringify(value) ?? "null";
  if (flat.length + indent.length <= LINE || typeof value !== "object" || value === null)
    return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((it) => inner + jsonText(it, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([name, it]) => `${inner}${JSON.stringify(name)}: ${jsonText(it, inner)}`,
  );
  return `{\n${members.join(",\n")}\n${indent}}`;
}
