import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { COURIER_THREADS, GATEWAY_NODE_OPTIONS } from "../../cli/start/roles.ts";
import { gatewayConfigSchema } from "../../gateway/config.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { CLOSING_MS, workerConfigSchema } from "../../worker/config.ts";
import { envOf, podOf, writtenObjects } from "../support/cluster-objects.ts";
import { filesMatching, readText } from "./support/repository.ts";

/** Read by others than us: CUDA keeps compiled kernels there; Node. */
const FOREIGN = new Set([
  "__GL_SHADER_DISK_CACHE_PATH",
  "CUDA_CACHE_PATH",
  "MESA_SHADER_CACHE_DIR",
  "NODE_OPTIONS",
  "NVIDIA_DRIVER_CAPABILITIES",
  "UV_THREADPOOL_SIZE",
]);

const registry = loadRegistry("models");
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readText("package.json")));

const objects = writtenObjects();
const ours = objects.flatMap(({ path, object }) => {
  const made = podOf(object);
  const [container] = made?.pod.containers ?? [];
  if (made === undefined || container === undefined) return [];
  const role = made.labels["app.kubernetes.io/component"] ?? "";
  return role === "redis" ? [] : [{ path, role, container, ...made }];
});
const workers = ours.filter(({ role }) => role === "worker");

describe("the pods of our roles", () => {
  it("are there", () => {
    assert.ok(workers.length >= 2 && ours.length > workers.length);
  });

  for (const { path, role, container, pod } of ours) {
    it(`${path}: ${role} sets only what its configuration knows, to values that it takes`, () => {
      const schema = role === "gateway" ? gatewayConfigSchema : workerConfigSchema;
      const set = container.env.filter(({ name }) => !FOREIGN.has(name));
      const unknown = set.filter(({ name }) => !(name in schema.shape)).map(({ name }) => name);
      assert.deepEqual(unknown, []);
      schema.parse(
        Object.fromEntries(
          set.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
        ),
      );
    });

    it(`${path}: ${role} has its address of Redis, and no secret in the open`, () => {
      const url = container.env.find(({ name }) => name === "REDIS_URL");
      const reference = { secretKeyRef: { name: `redis-${role}`, key: "url" } };
      assert.deepEqual(url, { name: "REDIS_URL", valueFrom: reference });
    });

    it(`${path}: ${role} runs the image of this version, and has time to stop`, () => {
      assert.match(container.image, new RegExp(`^scoreline(?:-gpu|-vulkan)?:${version}$`));
      const graceMs = Number(envOf(container, "GRACE_MS"));
      const left = (pod.terminationGracePeriodSeconds ?? 0) * 1000 - graceMs;
      assert.ok(left >= 5000, `${left} ms between GRACE_MS and the kill`);
    });
  }

  it("have Node's options as npm start gives them", () => {
    const wanted: Readonly<Record<string, readonly unknown[]>> = {
      gateway: [GATEWAY_NODE_OPTIONS, undefined],
      courier: [undefined, COURIER_THREADS],
    };
    for (const [role, options] of Object.entries(wanted)) {
      const one = ours.find((pod) => pod.role === role);
      assert.ok(one !== undefined, role);
      const names = ["NODE_OPTIONS", "UV_THREADPOOL_SIZE"];
      assert.deepEqual(
        names.map((name) => envOf(one.container, name)),
        options,
      );
    }
  });

  for (const { path, container } of workers) {
    it(`${path} has as many slots as cores, or GPUs`, () => {
      const { limits, requests } = container.resources;
      const gpus = limits["nvidia.com/gpu"];
      assert.equal(envOf(container, "WORKER_SLOTS"), String(gpus ?? limits["cpu"]));
      assert.equal(
        /^(?:webgpu|cuda)$/.test(envOf(container, "EXECUTION_PROVIDERS") ?? ""),
        gpus !== undefined,
      );
      assert.match(String(limits["cpu"]), /^\d+$/);
      // Guaranteed: what ONNX Runtime keeps busy is the worker's own.
      assert.deepEqual([requests["cpu"], requests["memory"]], [limits["cpu"], limits["memory"]]);
    });

    it(`${path} may finish the longest run of its models before it has to hand back`, () => {
      const models = envOf(container, "WORKER_MODELS")?.split(",") ?? [];
      const longest = models.map((id) => registry.resolve(id).manifest.run_timeout_ms);
      assert.ok(Number(envOf(container, "GRACE_MS")) >= Math.max(...longest) + CLOSING_MS);
    });
  }
});

describe("settings for all roles", () => {
  const generatorSchema = z.object({
    configMapGenerator: z
      .array(z.object({ name: z.string(), literals: z.array(z.string()).default([]) }))
      .default([]),
  });
  const literals = filesMatching(["k8s/**/kustomization.yaml"]).flatMap(({ text }) =>
    generatorSchema
      .parse(parse(text))
      .configMapGenerator.filter(({ name }) => name === "scoreline")
      .flatMap((generator) => generator.literals.map((literal) => literal.split("="))),
  );

  it("exist, with values that are taken", () => {
    assert.ok(literals.length > 1);
    const known = { ...gatewayConfigSchema.shape, ...workerConfigSchema.shape };
    const unknown = literals.filter(([name = ""]) => !(name in known));
    assert.deepEqual(unknown, []);
    for (const schema of [gatewayConfigSchema, workerConfigSchema]) {
      schema.parse(Object.fromEntries(literals));
    }
  });

  it("reach every pod of ours", () => {
    for (const { path, container } of ours) {
      const wanted = [{ configMapRef: { name: "scoreline", optional: true } }];
      assert.deepEqual(container["envFrom"], wanted, path);
    }
  });
});

describe("network policies", () => {
  it("let each role out to Redis, and in only where something listens", () => {
    const policies = objects.filter(({ object }) => object.kind === "NetworkPolicy");
    const names = policies.map(({ object }) => object.metadata.name);
    assert.ok(names.includes("default-deny"));
    assert.equal(names.filter((name) => name === "to-redis").length, 2);
    const listened = new Set([
      "53",
      "80",
      "443",
      "4318",
      "6379",
      "6380",
      "8080",
      "8089",
      "8443",
      "9090",
    ]);
    const text = JSON.stringify(policies.map(({ object }) => object));
    for (const [, port = ""] of text.matchAll(/"port":(\d+)/g)) assert.ok(listened.has(port), port);
  });
});
