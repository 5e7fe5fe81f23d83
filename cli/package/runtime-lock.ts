import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })),
});

const nodeSchema = z.object({
  version: z.string(),
  packages: z.record(
    z.string(),
    z.object({ os: z.string(), cpu: z.string(), integrity: z.string() }),
  ),
});

/**
 * The lockfile of what the package brings in: the clone's, without what is for development only, and
 * with the Node that the clone pins. That one comes as the package that holds the program, whose own
 * name it has per platform: the package `node` fetches it by an install script, and none is run here.
 */
export function runtimeLock(root: string): object {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
  const { lockfileVersion, packages } = lockSchema.parse(read("package-lock.json"));
  const node = nodeSchema.parse(read("cli/package/node.json"));
  const { devDependencies: _, bin: __, ...own } = packages[""] ?? {};
  const optionalDependencies = Object.fromEntries(
    Object.keys(node.packages).map((name) => [name, node.version]),
  );
  const programs = Object.entries(node.packages).map(([name, { os, cpu, integrity }]) => [
    `node_modules/${name}`,
    {
      version: node.version,
      integrity,
      cpu: [cpu],
      os: [os],
      optional: true,
      bin: { node: "bin/node" },
    },
  ]);
  const needed = Object.entries(packages).filter(
    ([place, { dev }]) => place !== "" && dev !== true,
  );
  return {
    lockfileVersion,
    requires: true,
    packages: {
      "": { ...own, optionalDependencies },
      ...Object.fromEntries([...needed, ...programs]),
    },
  };
}
