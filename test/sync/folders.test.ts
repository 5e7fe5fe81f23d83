import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { importsOf, isOfOurs } from "./support/imports.ts";
import { filesMatching, ROOT, type SourceFile } from "./support/repository.ts";

/**
 * Every folder, ground first, and the folders that its files may import, types included: all of
 * them stand above its own line here, so no import runs upward and none runs in a circle.
 * `shared` by itself, the ground, is everybody's.
 */
const MAY_IMPORT = `
shared                    |
shared/regular-expression |
shared/redis              |
shared/model/tensor       |
shared/model/pipelines    | shared/model/tensor
shared/model/pipelines/*  | shared/model/{tensor,pipelines} shared/regular-expression
shared/model              | shared/model/{tensor,pipelines,pipelines/*}
shared/webhook            | shared/redis
shared/webhook/receiver   |
shared/lane               | shared/redis
shared/job                | shared/{redis,webhook}
shared/batch              | shared/{redis,lane,job,webhook}
shared/pack               | shared/{redis,lane,job,batch,webhook}
shared/capture            | shared/{redis,job,pack}
shared/access             | shared/redis
shared/process            | shared/redis
shared/tracing            |
shared/endpoint/verdict   | shared/redis
shared/endpoint           | shared/{endpoint/verdict,model,redis}
shared/shadow             | shared/{endpoint,endpoint/verdict,job,model,model/pipelines,pack,redis} shared
shared/replay             | shared/{batch,endpoint/verdict,job,model,redis}

gateway/http              | shared/{redis,job,model}
gateway/http/openapi      | gateway/http shared/{access,model}
gateway/access            | gateway/{http,http/openapi} shared/{access,job,model,redis}
gateway/routing           | gateway/{access,http,http/openapi} shared/{endpoint,job,model,redis}
gateway/models            | gateway/{access,http,http/openapi,routing} shared/{lane,model,model/pipelines,redis}
gateway/webhooks          | gateway/{access,http,http/openapi} shared/{job,redis,webhook,webhook/receiver}
gateway/jobs              | gateway/{access,http,http/openapi,models,routing,webhooks} shared/{endpoint,lane,job,model,model/pipelines,redis,shadow,tracing,webhook,webhook/receiver,pack}
gateway/queue             | gateway/{access,http,http/openapi,models} shared/{access,job,lane,model,pack,redis}
gateway/batches/upload    | gateway/{http,webhooks} shared/{batch,job,model/pipelines}
gateway/endpoints         | gateway/{access,http,http/openapi,models,routing} shared/{access,capture,endpoint,endpoint/verdict,model,model/pipelines,pack,redis,shadow}
gateway/batches           | gateway/{access,http,http/openapi,jobs,models,routing,webhooks,batches/upload} shared/{batch,lane,job,model,redis,webhook,webhook/receiver}
gateway/replays           | gateway/{access,batches,batches/upload,endpoints,http,http/openapi,jobs,models} shared/{batch,endpoint,endpoint/verdict,job,model,redis,replay}
gateway/service           | gateway/{http,http/openapi,models} shared/{lane,model,process,redis}
gateway/page              | gateway/{http,http/openapi}
gateway/page/browser/call |
gateway/page/browser/app  | gateway/page/browser/call gateway/{access,jobs} shared/access
gateway/page/browser/pieces | gateway/page/browser/app gateway/jobs shared/job
gateway/page/browser/forms | gateway/page/browser/{app,call,pieces} gateway/models
gateway/page/browser/pages | gateway/page/browser/{app,call,forms,pieces} gateway/{jobs,models}
gateway/page/browser/upload | gateway/page/browser/app gateway/batches
gateway/page/browser/jobs | gateway/page/browser/{app,forms,pieces} gateway/{jobs,models}
gateway/page/browser/batches | gateway/page/browser/{app,call,forms,jobs,pieces,upload} gateway/{batches,models}
gateway/page/browser/endpoints | gateway/page/browser/{app,call,forms,pages,pieces} gateway/{endpoints,models,replays}
gateway/page/browser/deliveries | gateway/page/browser/{app,pieces} gateway/webhooks
gateway/page/browser/queue | gateway/page/browser/{app,pieces} gateway/queue
gateway/page/browser/keys | gateway/page/browser/{app,pieces} gateway/access shared/access
gateway/page/browser/processes | gateway/page/browser/{app,pieces} gateway/service
gateway/page/browser/main | gateway/page/browser/{app,batches,deliveries,endpoints,jobs,keys,upload,pages,pieces,processes,queue} gateway/{access,models} shared/access
gateway/dialects/*        | gateway/{access,http,http/openapi,jobs,models,routing} shared/{endpoint,job,model,model/pipelines}
gateway                   | gateway/{access,batches,batches/upload,dialects/*,endpoints,routing,http,http/openapi,jobs,models,page,queue,replays,service,webhooks} shared/{access,batch,lane,job,model,process,redis,tracing,webhook/receiver,pack}

worker/runner/pipelines   | shared/model/{tensor,pipelines} shared/model
worker/runner/tokens      | worker/runner/pipelines shared/model/{tensor,pipelines}
worker/runner/pipelines/* | worker/runner/{pipelines,tokens} shared/model/{tensor,pipelines,pipelines/*}
worker/runner             | worker/runner/{pipelines,pipelines/*} shared/model shared/model/tensor
worker/score              | worker/runner shared/{batch,lane,job,model,redis,pack,tracing}
worker/courier            | shared/{batch,capture,endpoint,endpoint/verdict,lane,job,redis,replay,shadow,tracing,webhook,webhook/receiver,pack}
worker/courier/capture    | shared/{capture,endpoint,job,model,model/pipelines,redis}
worker                    | worker/{score,courier,courier/capture} shared/{batch,capture,lane,model,pack,process,redis,tracing,webhook,webhook/receiver}

cli/setup                 |
cli/package               | cli/setup shared
cli/terminal              |
cli/start                 | cli/terminal shared/{access,redis} gateway/page/browser/call
cli/http                  | cli/{start,terminal} gateway/page/browser/call
cli/webhook               | cli/terminal shared/webhook
cli/deploy                | cli/terminal worker shared/{model,redis}
cli/azureml               | cli/terminal shared/{endpoint,model}
cli/endpoints             | cli/{http,terminal} gateway/endpoints shared/endpoint
cli/capture               | cli/terminal
cli/batch                 | cli/{http,terminal} gateway/batches/upload shared/batch gateway/page/browser/call
cli/queue                 | cli/terminal
cli/replay                | cli/{batch,capture,endpoints,http,terminal} shared
cli/models/onnx           | cli/terminal
cli/models                | cli/start cli/models/onnx cli/terminal worker/{runner,score} shared/model
cli/models/hub            | cli/terminal gateway/page/browser/call
cli/models/check          | cli/{models,models/onnx,terminal} worker/score shared/{model,model/tensor,model/pipelines}
cli/models/add            | cli/{models,models/check,models/hub,models/onnx,terminal} gateway/batches/upload worker/score shared/{model,model/pipelines,model/tensor} gateway/page/browser/call
cli/score                 | cli/{models/add,terminal} shared/model
cli/commands              | cli/{azureml,batch,capture,deploy,endpoints,http,models,models/add,models/check,queue,replay,score,start,terminal,webhook} gateway/access shared/{access,capture,endpoint,model,redis,webhook} gateway/page/browser/call
cli                       | cli/{batch,commands,setup,start,terminal}
`;

const GROUND = "shared";

it("has these folders at the top, and no other", () => {
  const paths = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
  const tops = paths.filter((path) => path.includes("/")).map((path) => path.split("/")[0] ?? "");
  const shown = [...new Set(tops)].filter((top) => !top.startsWith(".")).toSorted();
  assert.equal(shown.join(" "), "cli docs gateway k8s keda models shared test worker");
});

describe("the folder graph", () => {
  const files = filesMatching(["{gateway,worker,shared,cli}/**/*.{ts,mjs}"]);
  const imports = files.flatMap((file) => foldersOf(file));

  it("is as the table allows", (t) => {
    assert.ok(files.length > 50, "the code was not found");
    for (const line of printed(imports)) t.diagnostic(line);
    assert.deepEqual(breaches(imports), []);
  });

  it("uses all that the table allows", () => {
    const used = new Set(imports.map(named));
    const allowed = [...allowedImports()].flatMap(([from, folders]) =>
      [...folders].filter((to) => to !== GROUND).map((to) => named({ from, to })),
    );
    assert.deepEqual(
      allowed.filter((pair) => !used.has(pair)),
      [],
    );
  });

  const planted: readonly (readonly [path: string, text: string, breach: string])[] = [
    ["shared/log.ts", 'import { x } from "./redis/keys.ts";', "shared -> shared/redis"],
    ["shared/redis/x.ts", 'import type { X } from "../job/a.ts";', "shared/redis -> shared/job"],
    ["gateway/http/x.ts", 'type A = import("../app.ts").App;', "gateway/http -> gateway"],
    ["gateway/app.ts", 'import { x } from "../worker/main.ts";', "gateway -> worker"],
    ["worker/main.ts", 'export { x } from "../test/support/a.ts";', "worker -> test/support"],
    ["shared/new/x.ts", 'import { x } from "../error.ts";', "shared/new -> shared"],
  ];
  for (const [path, text, breach] of planted) {
    it(`would catch \`${text}\` in ${path}`, () => {
      assert.deepEqual(breaches(foldersOf({ path, text })), [breach]);
    });
  }
});

interface Import {
  readonly from: string;
  readonly to: string;
}

const named = ({ from, to }: Import): string => `${from} -> ${to}`;

/** The other folders that a file imports; the package's own description is data. */
function foldersOf({ path, text }: SourceFile): Import[] {
  const from = posix.dirname(path);
  return importsOf(text)
    .filter(isOfOurs)
    .map((name) => posix.join(from, name))
    .filter((target) => target !== "package.json")
    .map((target) => ({ from, to: posix.dirname(target) }))
    .filter(({ to }) => to !== from)
    .map((one) => ({ from: kindOf(one.from), to: kindOf(one.to) }));
}

/** Pipelines are alike, and so are dialects: each may import the same, and none another. */
function kindOf(folder: string): string {
  return folder.replace(/(?<=\/(?:pipelines|dialects)\/)[^/]+$/, "*");
}

function breaches(imports: readonly Import[]): string[] {
  const allowed = allowedImports();
  const wrong = imports.filter(({ from, to }) => allowed.get(from)?.has(to) !== true);
  return [...new Set(wrong.map(named))].toSorted();
}

/** The table read: what each folder may import. A line that allows what stands below it throws. */
function allowedImports(): Map<string, Set<string>> {
  const allowed = new Map<string, Set<string>>();
  for (const line of MAY_IMPORT.split("\n").filter(Boolean)) {
    const [folder = "", list = ""] = line.split("|").map((part) => part.trim());
    const names = list.split(" ").filter(Boolean).flatMap(spelt);
    const below = names.filter((name) => !allowed.has(name));
    assert.deepEqual(below, [], `${folder} may import only what stands above it`);
    allowed.set(folder, new Set([...names, ...(folder === GROUND ? [] : [GROUND])]));
  }
  return allowed;
}

/** `a/{b,c}` is `a/b` and `a/c`. */
function spelt(name: string): string[] {
  const [head = "", rest] = name.split("{");
  return rest === undefined
    ? [head]
    : rest
        .slice(0, -1)
        .split(",")
        .map((end) => head + end);
}

/** The graph, a line for each folder. */
function printed(imports: readonly Import[]): string[] {
  const byFolder = Map.groupBy(imports, ({ from }) => from);
  return [...byFolder]
    .map(([from, of]) => `${from} -> ${[...new Set(of.map(({ to }) => to))].toSorted().join(" ")}`)
    .toSorted();
}
