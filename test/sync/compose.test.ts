import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { z } from "zod";
import { gatewayConfigSchema } from "../../gateway/config.ts";
import { workerConfigSchema } from "../../worker/config.ts";
import { envOf, podOf, writtenObjects, type Container } from "../support/cluster-objects.ts";
import { runTool } from "../support/cluster-tools.ts";
import { readText, ROOT } from "./support/repository.ts";

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.union([z.string(), z.array(z.string())]) }),
});

const buildSchema = z.object({
  context: z.string(),
  dockerfile: z.string(),
  args: z.record(z.string(), z.string()),
});

const text = readText("compose.yaml");
const document: unknown = parse(text, { merge: true });
const { services, secrets } = z
  .object({
    services: z.record(z.string(), serviceSchema),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
  })
  .parse(document);

const service = (name: string): z.infer<typeof serviceSchema> => {
  const found = services[name];
  assert.ok(found !== undefined, name);
  return found;
};

const ROLES = ["gateway", "worker", "courier"] as const;

describe("compose.yaml", () => {
  // github.com/compose-spec/compose-spec, schema/compose-spec.json of commit 170098ba; Apache-2.0.
  it("is what the Compose Specification's schema takes", () => {
    const { $schema: _, ...schema } = z
      .looseObject({})
      .parse(JSON.parse(readText("test/fixtures/compose-spec.json")));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    assert.ok(validate(document), JSON.stringify(validate.errors));
  });

  it("runs our roles with what the manifests of the cluster say, and settings that exist", () => {
    for (const role of ROLES) {
      const { command, environment, image } = service(role);
      const container = containerOf(role);
      assert.deepEqual([image, command], [container.image, container.args]);
      const schema = role === "gateway" ? gatewayConfigSchema : workerConfigSchema;
      for (const [name, value] of Object.entries(environment)) {
        assert.equal(envOf(container, name), value, `${role}: ${name}`);
        const isNodes = ["NODE_OPTIONS", "UV_THREADPOOL_SIZE"].includes(name);
        assert.ok(isNodes || name in schema.shape, name);
      }
    }
  });

  it("builds the image of all roles, which no registry is asked for", () => {
    const { context, dockerfile, args } = buildSchema.parse(service("gateway")["build"]);
    assert.equal(context, ".");
    const found = readText(dockerfile).matchAll(/^ARG (\w+)/gm);
    const known = new Set([...found].map(([, name]) => name));
    assert.deepEqual(
      Object.keys(args).filter((name) => !known.has(name)),
      [],
    );
    const policies = ROLES.map((role) => service(role)["pull_policy"]);
    assert.deepEqual(policies, ["build", "never", "never"]);
  });

  it("keeps logs that have an end", () => {
    for (const { logging } of Object.values(services))
      assert.deepEqual(logging, { driver: "local" });
  });

  it("asks each role, where it listens, whether it is ready", () => {
    for (const role of ROLES) {
      const { environment, healthcheck } = service(role);
      const port = environment["PORT"] ?? environment["HEALTH_PORT"];
      const asked = `http://127.0.0.1:${port}/readyz`;
      assert.ok(String(healthcheck.test).includes(asked), role);
    }
  });

  it("scrapes every role where it listens", () => {
    const { scrape_configs: jobs } = z
      .object({
        scrape_configs: z.array(
          z.object({
            dns_sd_configs: z.tuple([z.object({ names: z.tuple([z.string()]), port: z.number() })]),
          }),
        ),
      })
      .parse(parse(readText("docs/compose/prometheus.yaml")));
    const targets = jobs.map(({ dns_sd_configs: [{ names, port }] }) => [names[0], port]);
    const wanted = ROLES.map((role) => {
      const { environment } = service(role);
      return [role, Number(environment["PORT"] ?? environment["HEALTH_PORT"])];
    });
    assert.deepEqual(targets, wanted);
  });

  it("publishes ports to this machine alone", () => {
    const ports = Object.values(services).flatMap((one) => one.ports);
    assert.deepEqual(ports, ["127.0.0.1:8080:8080", "127.0.0.1:3000:3000"]);
  });

  it("mounts files that are here, or that k8s/secrets.sh makes, and holds no secret itself", () => {
    const mounted = Object.values(services).flatMap(({ volumes, env_file: files }) => [
      ...volumes.map((volume) => volume.split(":")[0] ?? "").filter((path) => path.startsWith(".")),
      ...files.map((file) => `./${file}`),
    ]);
    const all = [...mounted, ...Object.values(secrets).map(({ file }) => `./${file}`)];
    const isMade = (path: string): boolean => path.startsWith("./.compose/");
    assert.deepEqual(
      all.filter((path) => !isMade(path) && !existsSync(join(ROOT, path))),
      [],
    );
    const folder = mkdtempSync(join(tmpdir(), "scoreline-compose-"));
    try {
      const made = join(folder, "made");
      const { isGood, err } = runTool(["sh"], ["k8s/secrets.sh", "--files", made]);
      assert.ok(isGood, err);
      const names = new Set(all.filter(isMade).map((path) => path.slice("./.compose/".length)));
      assert.deepEqual(readdirSync(made).toSorted(), [...names].toSorted());
      const [, password = ""] =
        /^REDIS_URL=redis:\/\/gateway:(\w{64})@redis:6379\/0$/m.exec(
          readFileSync(join(made, "gateway.env"), "utf8"),
        ) ?? [];
      assert.equal(password.length, 64);
      assert.doesNotMatch(readFileSync(join(made, "users.acl"), "utf8"), /#[A-Z]/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const variables = Object.values(services).flatMap((one) => Object.keys(one.environment));
    assert.deepEqual(
      variables.filter((name) => /REDIS_URL|PASSWORD$|KEY$|TOKEN/.test(name)),
      [],
    );
  });

  it("has the Redis that a trial on a cluster gets", () => {
    const redis = service("redis");
    const pod = writtenObjects()
      .filter(({ path }) => path.endsWith("redis-trial/redis.yaml"))
      .map(({ object }) => podOf(object)?.pod.containers[0])
      .find((one) => one !== undefined);
    assert.deepEqual([redis.image, redis.command], [pod?.image, Object(pod)["command"]]);
    const config = readText("k8s/components/redis-trial/redis.conf");
    const [, users = ""] = /^aclfile (\S+)$/m.exec(config) ?? [];
    assert.ok(redis.volumes.includes(`./.compose/users.acl:${users}:ro`));
  });
});

function containerOf(role: (typeof ROLES)[number]): Container {
  const file = { gateway: "gateway", worker: "worker-cpu", courier: "courier" }[role];
  const pods = writtenObjects()
    .filter(({ path }) => path === `k8s/base/${file}.yaml`)
    .map(({ object }) => podOf(object)?.pod.containers[0]);
  const found = pods.find((one) => one !== undefined);
  assert.ok(found !== undefined, role);
  return found;
}
