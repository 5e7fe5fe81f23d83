import { batchesUrl, headLine, type BatchCall } from "./batch-call.ts";
import { typescriptKey } from "./typescript.ts";

/** The call as a module of TypeScript for Node: it sends, waits, and prints what came of each item. */
export function batchTypescript(call: BatchCall): string {
  const { key, items, url } = call;
  const isPhotos = items.kind === "photos";
  const path = batchesUrl(call).slice(url.length);
  const type = items.kind === "csv" ? "text/csv" : "application/x-ndjson";
  const reads = ["openAsBlob", ...(isPhotos ? ["readdirSync"] : [])].join(", ");
  return [
    `import { ${reads} } from "node:fs";`,
    ...(key.from === "file" ? ['import { readFile } from "node:fs/promises";'] : []),
    "",
    ...typescriptKey(key),
    `const url = ${JSON.stringify(url)};`,
    "async function ask(path: string, init: RequestInit = {}): Promise<Response> {",
    ...(key.from === "nowhere"
      ? ["  const response = await fetch(url + path, init);"]
      : [
          "  const headers = { ...init.headers, Authorization: `Bearer ${key}` };",
          "  const response = await fetch(url + path, { ...init, headers });",
        ]),
    "  if (!response.ok) throw new Error(await response.text());",
    "  return response;",
    "}",
    "",
    ...bodyOf(call),
    ...(isPhotos
      ? [`const made = await ask(${JSON.stringify(path)}, { method: "POST", body });`]
      : [
          `const headers = { "Content-Type": ${JSON.stringify(type)} };`,
          `const made = await ask(${JSON.stringify(path)}, { method: "POST", body, headers });`,
        ]),
    "let batch = await made.json();",
    "while (batch.outcome === null) {",
    "  batch = await (await ask(`/v1/batches/${batch.id}?wait=30`)).json();",
    "}",
    "console.log(await (await ask(`/v1/batches/${batch.id}/results`)).text());",
  ].join("\n");
}

/** `body`: a file as it is on the disk, or a form. */
function bodyOf(call: BatchCall): readonly string[] {
  const { kind, path } = call.items;
  const file = `await openAsBlob(${JSON.stringify(path)})`;
  if (kind === "csv") return [`const body = ${file};`];
  if (kind === "ndjson") {
    return [`const body = new Blob([${JSON.stringify(`${headLine(call)}\n`)}, ${file}]);`];
  }
  return [
    "const body = new FormData();",
    `body.append("batch", ${JSON.stringify(JSON.stringify({ model: call.model }))});`,
    `for (const name of readdirSync(${JSON.stringify(path)})) {`,
    "  if (!/[.](?:jpe?g|png|webp)$/i.test(name)) continue;",
    `  body.append("file", await openAsBlob(\`${path}/\${name}\`), name);`,
    "}",
  ];
}
