/** Text of a Markdown file with its fenced code blocks blanked, lines kept. */
export function withoutCode(markdown: string): string {
  let isCode = false;
  return markdown
    .split("\n")
    .map((line) => {
      if (!line.trimStart().startsWith("```")) return isCode ? "" : line;
      isCode = !isCode;
      return "";
    })
    .join("\n");
}

/** The fenced code blocks of a language, also those within lists. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)^\\1\`\`\`$`, "gm");
  return [...markdown.matchAll(fence)].map(([, indent = "", body = ""]) =>
    body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

/** What stands under a heading, up to the next one of the same or a higher level. */
export function section(markdown: string, heading: string): string {
  const lines = markdown.split("\n");
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`there is no heading "${heading}"`);
  const level = levelOf(heading);
  const length = lines.slice(start + 1).findIndex((line) => {
    const other = levelOf(line);
    return other > 0 && other <= level;
  });
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join("\n");
}

/** The rows of all tables, without their heads; cells trimmed, backticks taken off. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split("\n");
  return lines.flatMap((line, i) => {
    const isRow = line.startsWith("|") && !isRule(line) && !isRule(lines[i + 1] ?? "");
    return isRow ? [cellsOf(line)] : [];
  });
}

/** Headings as GitHub turns them into anchors. */
export function anchors(markdown: string): string[] {
  return withoutCode(markdown)
    .split("\n")
    .filter((line) => levelOf(line) > 0)
    .map((line) =>
      line
        .replace(/^#+ /, "")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    );
}

function levelOf(line: string): number {
  return /^(#{1,6}) /.exec(line)?.[1]?.length ?? 0;
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line);
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"))
    .map((cell) => (/^`[^`]*`$/.test(cell) ? cell.slice(1, -1) : cell));
}
