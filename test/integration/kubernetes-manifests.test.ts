import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, it } from "node:test";
import {
  objectsOf,
  podOf,
  writtenObjects,
  type ClusterObject,
} from "../support/cluster-objects.ts";
import { findKubernetesValidate, findKustomize, runTool } from "../support/cluster-tools.ts";
import { customResource } from "../support/crd.ts";
import { podFaults } from "../support/pod-policy.ts";
import { filesMatching, readText, ROOT } from "../sync/support/repository.ts";

const kustomize = findKustomize();
const validate = findKubernetesValidate();
const noKustomize = kustomize === undefined && "there is neither kustomize nor kubectl";
const noValidate =
  validate === undefined && "there is no kubernetes-validate, and PyPI is out of reach";

const folders = filesMatching([
  "k8s/overlays/*/kustomization.yaml",
  "k8s/models/*/kustomization.yaml",
]).map(({ path }) => path.replace(/\/kustomization\.yaml$/, ""));
const definitions = ["scaledobjects", "triggerauthentications"].map((name) =>
  customResource(readText(`test/fixtures/keda/keda.sh_${name}.yaml`)),
);
mkdirSync(join(ROOT, ".cache"), { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "scoreline-manifests-"));
after(() => rmSync(scratch, { recursive: true }));

/** What `--redis` of k8s/secrets.sh is not, and the word that says so. */
const REFUSED_ADDRESSES = [
  ["http://x:1", /rediss:/],
  ["redis://x", /names a port/],
  ["redis://me:secret@x:1", /without user and password/],
  ["rediss://x:6380/3", /no path/],
  ["redis://x:1?db=3", /no path/],
  ["redis://x:1a", /a number/],
  ["redis://:1", /no host/],
] as const;

const rendered = new Map<string, string>();

function render(folder: string): string {
  const known = rendered.get(folder);
  if (known !== undefined || kustomize === undefined) return known ?? "";
  const { isGood, out, err } = runTool(kustomize, [folder]);
  assert.ok(isGood, err);
  rendered.set(folder, out);
  return out;
}

describe("the folders that kustomize builds", () => {
  it("are there", () => {
    const overlays = folders.filter((folder) => folder.startsWith("k8s/overlays/"));
    const names = ["local", "production-cpu", "production-gpu"];
    assert.deepEqual(
      overlays,
      names.map((name) => `k8s/overlays/${name}`),
    );
  });

  for (const folder of folders) {
    it(`${folder} renders objects with names of their own`, { skip: noKustomize }, () => {
      const names = objectsOf(render(folder)).map(
        ({ kind, metadata }) => `${kind}/${metadata.name}`,
      );
      assert.ok(names.length > 2);
      assert.equal(new Set(names).size, names.length);
    });

    it(
      `${folder} holds pods that the restricted profile and we admit`,
      { skip: noKustomize },
      () => {
        const faults = objectsOf(render(folder)).flatMap((object) => {
          const made = podOf(object);
          return made === undefined
            ? []
            : podFaults(made.pod).map((fault) => `${object.metadata.name}: ${fault}`);
        });
        assert.deepEqual(faults, []);
      },
    );

    it(`${folder} is valid for KEDA 2.21`, { skip: noKustomize }, () => {
      assert.deepEqual(objectsOf(render(folder)).flatMap(kedaFaults), []);
    });
  }

  it("are valid for Kubernetes 1.37, strictly", { skip: noKustomize || noValidate }, () => {
    const files = folders.map((folder, i) => {
      const file = join(scratch, `${i}.yaml`);
      // Kubernetes has no schemas of other people's objects; they are checked above.
      writeFileSync(file, render(folder).split("\n---\n").filter(isOfKubernetes).join("\n---\n"));
      return file;
    });
    assert.ok(validate !== undefined);
    const args = ["--strict", "--kubernetes-version", "1.37.0", ...files];
    const { isGood, out, err } = runTool(validate, args);
    assert.ok(isGood, `${out}${err}`);
    assert.match(`${out}${err}`, /deployment\/gateway against version 1\.37/);
  });
});

describe("the components", () => {
  it("go together with the base, in their other combinations", { skip: noKustomize }, () => {
    // kustomize takes in nothing by an absolute path: the folder has to be in the repository.
    const folder = mkdtempSync(join(ROOT, ".cache/components-"));
    try {
      const names = [
        "redis-trial",
        "worker-gpu",
        "gpu-cuda",
        "gpu-runtime-class",
        "models-volume",
        "private-registry",
        "users",
        "webhooks-in-cluster",
        "tracing",
      ];
      const components = names.map((name) => `../../k8s/components/${name}`);
      const resources = ["../../k8s/base", "../../keda"];
      writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({ resources, components }));
      const objects = objectsOf(render(relative(ROOT, folder)));
      const pods = objects.flatMap((object) => podOf(object)?.pod ?? []);
      const mounted = pods.filter(({ volumes }) => volumes.some(({ name }) => name === "models"));
      assert.equal(mounted.length, 4, "gateways, couriers and both pools read models");
      assert.deepEqual(pods.flatMap(podFaults), []);
      const images = pods.flatMap(({ containers }) => containers.map(({ image }) => image));
      const own = images.filter((image) => image.startsWith("registry.example.com/scoreline"));
      assert.equal(own.length, 4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** What a component makes of the GPU pool: what its rendering has, and has no more. */
const GPU_COMPONENTS = {
  "gpu-amd": [/amd\.com\/gpu: "1"/, /nvidia\.com\/gpu/],
  "gpu-intel": [/gpu\.intel\.com\/i915: "1"/, /nvidia\.com\/gpu/],
  "gpu-cuda": [/EXECUTION_PROVIDERS\n +value: cuda/, /EXECUTION_PROVIDERS\n +value: webgpu/],
  "gpu-runtime-class": [/runtimeClassName: nvidia/, /amd\.com/],
  "gpu-resnet152": [
    /listName: '?"?\{sl0\}:load:resnet152@1\.interactive/,
    /image-classification@1\n/,
  ],
} as const;

describe("the pool of GPUs", () => {
  for (const [name, [has, hasNot]] of Object.entries(GPU_COMPONENTS)) {
    it(`is changed by ${name}, one device a pod`, { skip: noKustomize }, () => {
      const folder = mkdtempSync(join(ROOT, ".cache/components-"));
      try {
        const components = ["worker-gpu", name].map((one) => `../../k8s/components/${one}`);
        const resources = ["../../keda/worker-gpu"];
        writeFileSync(
          join(folder, "kustomization.yaml"),
          JSON.stringify({ resources, components }),
        );
        const text = render(relative(ROOT, folder));
        assert.match(text, has);
        assert.doesNotMatch(text, hasNot);
        assert.equal(text.match(/(?:\/gpu|i915): "1"/g)?.length, 1, "one device a pod");
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

describe("k8s/secrets.sh", () => {
  const noOpenssl = runTool(["openssl"], ["version"]).isGood ? false : "there is no openssl";

  it("makes every Secret that the manifests refer to", { skip: noOpenssl || noKustomize }, () => {
    const made = objectsOf(runTool(["sh"], ["k8s/secrets.sh"]).out);
    const kept = new Map(
      made.map((object) => [object.metadata.name, Object(object["stringData"])]),
    );
    const text = ["local", "production-gpu"]
      .map((name) => render(`k8s/overlays/${name}`))
      .join("\n");
    const references = [
      ...text.matchAll(/- key: (\w+)\n\s+name: ([\w-]+)\n|key: (\w+)\n\s+name: ([\w-]+)\n/g),
    ];
    const wanted = references.map(([, a, b, c, d]) => [b ?? d ?? "", a ?? c ?? ""] as const);
    assert.ok(wanted.length > 5);
    for (const [name, key] of wanted) {
      if (name.startsWith("redis-")) assert.ok(key in (kept.get(name) ?? {}), `${name}: ${key}`);
    }
    assert.match(String(kept.get("redis-users")?.["users.acl"]), /^user keda on #[0-9a-f]{64} /m);
    assert.doesNotMatch(String(kept.get("redis-users")?.["users.acl"]), /#[A-Z]/);
  });

  it(
    "writes addresses with TLS for a managed Redis, and refuses what is none",
    { skip: noOpenssl },
    () => {
      const { out } = runTool(
        ["sh"],
        ["k8s/secrets.sh", "--redis", "rediss://cache.example.com:6380"],
      );
      assert.match(out, /url: rediss:\/\/worker:[0-9a-f]{64}@cache\.example\.com:6380\/0/);
      assert.match(out, /address: cache\.example\.com:6380/);
      assert.match(out, /tls: enable/);
      for (const [url, reason] of REFUSED_ADDRESSES) {
        const refused = runTool(["sh"], ["k8s/secrets.sh", "--redis", url]);
        assert.deepEqual([refused.isGood, refused.out], [false, ""], url);
        assert.match(refused.err, reason, url);
      }
    },
  );
});

describe("objects for KEDA that no overlay takes in", () => {
  it("are valid for KEDA 2.21", () => {
    const objects = writtenObjects().filter(({ path }) => path.startsWith("keda/alternatives/"));
    assert.ok(objects.length > 2);
    assert.deepEqual(
      objects.flatMap(({ object }) => kedaFaults(object)),
      [],
    );
  });
});

describe("the checks", () => {
  const scaledObject = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "x" },
    spec: {
      scaleTargetRef: { name: "x" },
      triggers: [{ type: "redis", metadata: { listLength: "5" } }],
    },
  };

  it("take a right object", () => {
    assert.deepEqual(kedaFaults(scaledObject), []);
  });

  const broken: Readonly<Record<string, object>> = {
    "an unknown member": { minReplicas: 0 },
    "a number in the metadata of a trigger": {
      triggers: [{ type: "redis", metadata: { listLength: 5 } }],
    },
    "no triggers": { triggers: undefined },
    "text for a number": { pollingInterval: "5" },
  };
  for (const [what, change] of Object.entries(broken)) {
    it(`catch ${what}`, () => {
      const spec = { ...scaledObject.spec, ...change };
      assert.notDeepEqual(kedaFaults({ ...scaledObject, spec }), []);
    });
  }
});

function kedaFaults(object: ClusterObject): string[] {
  if (!object.apiVersion.startsWith("keda.sh/")) return [];
  const definition = definitions.find(({ kind }) => kind === object.kind);
  if (definition === undefined) return [`${object.kind} is not known`];
  const { name } = object.metadata;
  if (definition.validate(object)) return [];
  return (definition.validate.errors ?? []).map(
    ({ instancePath, message }) => `${name}${instancePath} ${message}`,
  );
}

function isOfKubernetes(document: string): boolean {
  return !/^apiVersion: (?:keda\.sh|cert-manager\.io)\//m.test(document);
}
