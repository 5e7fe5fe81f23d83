import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { podOf, writtenObjects, type Pod } from "../support/cluster-objects.ts";
import { podFaults } from "../support/pod-policy.ts";

const pods = writtenObjects().flatMap(({ path, object }) => {
  const made = podOf(object);
  return made === undefined ? [] : [{ path, name: object.metadata.name, ...made }];
});

describe("pod templates", () => {
  it("are there for every role", () => {
    const roles = new Set(pods.map(({ labels }) => labels["app.kubernetes.io/component"]));
    assert.deepEqual(roles, new Set(["courier", "gateway", "redis", "worker"]));
  });

  for (const { path, name, pod } of pods) {
    it(`${name} of ${path} is what the restricted profile and we admit`, () => {
      assert.deepEqual(podFaults(pod), []);
    });
  }

  it("have a process 1 that is not ours: it would not hear a signal before its first line", () => {
    const ours = pods.filter(({ labels }) => labels["app.kubernetes.io/component"] !== "redis");
    const first = ours.filter(({ pod }) => pod["shareProcessNamespace"] !== true);
    assert.deepEqual(
      first.map(({ path }) => path),
      [],
    );
  });
});

describe("the policy", () => {
  const [first] = pods;
  assert.ok(first !== undefined);
  const { pod } = first;
  const [container] = pod.containers;
  assert.ok(container !== undefined);
  const withContext = (change: object): Pod => ({
    ...pod,
    containers: [{ ...container, securityContext: { ...container.securityContext, ...change } }],
  });
  const withPodContext = (change: object): Pod => ({
    ...pod,
    securityContext: { ...pod.securityContext, ...change },
  });
  const emptyDir = { name: "x", emptyDir: {} };

  const broken: Readonly<Record<string, Pod>> = {
    hostNetwork: { ...pod, hostNetwork: true },
    hostPort: { ...pod, containers: [{ ...container, ports: [{ hostPort: 80 }] }] },
    hostPath: { ...pod, volumes: [{ name: "x", hostPath: { path: "/" } }] },
    privileged: withContext({ privileged: true }),
    "escalation left open": withContext({ allowPrivilegeEscalation: undefined }),
    "capabilities kept": withContext({ capabilities: {} }),
    "a capability added": withContext({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
    "a writable root": withContext({ readOnlyRootFilesystem: false }),
    "root again in the container": withContext({ runAsUser: 0 }),
    "an unconfined container": withContext({ seccompProfile: { type: "Unconfined" } }),
    "procMount Unmasked": withContext({ procMount: "Unmasked" }),
    "a user by image only": withPodContext({ runAsUser: undefined }),
    "root allowed": withPodContext({ runAsNonRoot: undefined }),
    "no seccomp profile": withPodContext({ seccompProfile: undefined }),
    "an unsafe sysctl": withPodContext({ sysctls: [{ name: "kernel.msgmax", value: "1" }] }),
    "an SELinux user": withPodContext({ seLinuxOptions: { user: "system_u" } }),
    "AppArmor off": withPodContext({ appArmorProfile: { type: "Unconfined" } }),
    "a bad init container": {
      ...pod,
      initContainers: [{ ...container, securityContext: { privileged: true } }],
    },
    "a token": { ...pod, automountServiceAccountToken: undefined },
    "the default account": { ...pod, serviceAccountName: undefined },
    "a scratch volume without bound": { ...pod, volumes: [emptyDir] },
    "no memory limit": {
      ...pod,
      containers: [{ ...container, resources: { ...container.resources, limits: {} } }],
    },
    "no liveness probe": { ...pod, containers: [{ ...container, livenessProbe: undefined }] },
    "the tag latest": { ...pod, containers: [{ ...container, image: "scoreline:latest" }] },
  };
  for (const [what, changed] of Object.entries(broken)) {
    it(`refuses ${what}`, () => {
      assert.notDeepEqual(podFaults(changed), []);
    });
  }
});
