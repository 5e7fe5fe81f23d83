import type { Container, Pod } from "./cluster-objects.ts";

/**
 * What the Pod Security Standard "restricted" asks of a pod's template
 * (kubernetes.io/docs/concepts/security/pod-security-standards), and what we ask besides: a read-only
 * root, no token, resources and probes. The API server only warns at a Deployment; the refusal comes
 * later, at the ReplicaSet.
 *
 * @returns every fault, each with its place; empty when all is well
 */
export function podFaults(pod: Pod): string[] {
  const containers = [...pod.initContainers, ...pod.containers];
  return [
    ...hostFaults(pod),
    ...contextFaults(pod.securityContext, "pod"),
    ...volumeFaults(pod),
    ...containers.flatMap((container) => [
      ...restrictedFaults(container, pod),
      ...contextFaults(container.securityContext, container.name),
    ]),
    ...ownFaults(pod),
    ...pod.containers.flatMap(containerFaults),
  ];
}

const VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const SAFE_SYSCTLS = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

const SELINUX_TYPES = new Set<unknown>([
  undefined,
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);

function hostFaults(pod: Pod): string[] {
  const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((name) => pod[name] === true);
  const ports = pod.containers.flatMap(({ name, ports: all }) =>
    all.some(({ hostPort = 0 }) => hostPort !== 0) ? [`${name}: hostPort`] : [],
  );
  const isHostProcess = (context: object): boolean =>
    member(member(context, "windowsOptions"), "hostProcess") === true;
  const contexts = [pod.securityContext, ...pod.containers.map((it) => it.securityContext)];
  return [...shared, ...ports, ...(contexts.some(isHostProcess) ? ["hostProcess"] : [])];
}

/** Of a pod or a container: what neither may say. */
function contextFaults(context: Readonly<Record<string, unknown>>, place: string): string[] {
  const seLinux = context["seLinuxOptions"];
  const sysctls = context["sysctls"];
  const names = Array.isArray(sysctls) ? sysctls.map((it) => String(member(it, "name"))) : [];
  const seccomp = member(context["seccompProfile"], "type");
  const appArmor = member(context["appArmorProfile"], "type");
  const faults = {
    "runAsUser 0": context["runAsUser"] === 0,
    "runAsNonRoot false": context["runAsNonRoot"] === false,
    privileged: context["privileged"] === true,
    procMount: !["Default", undefined].some((it) => it === context["procMount"]),
    seLinuxOptions:
      !SELINUX_TYPES.has(member(seLinux, "type")) ||
      Boolean(member(seLinux, "user")) ||
      Boolean(member(seLinux, "role")),
    sysctls: names.some((name) => !SAFE_SYSCTLS.has(name)),
    seccompProfile: ![undefined, "RuntimeDefault", "Localhost"].some((it) => it === seccomp),
    appArmorProfile: ![undefined, "RuntimeDefault", "Localhost"].some((it) => it === appArmor),
  };
  return Object.entries(faults).flatMap(([what, isFault]) =>
    isFault ? [`${place}: ${what}`] : [],
  );
}

/** Of a container: what it must say, by itself or through its pod. */
function restrictedFaults({ name, securityContext: own }: Container, pod: Pod): string[] {
  const capabilities = own["capabilities"];
  const [drop, add] = [member(capabilities, "drop"), member(capabilities, "add") ?? []];
  const said = (field: string): unknown => own[field] ?? pod.securityContext[field];
  const faults = {
    allowPrivilegeEscalation: own["allowPrivilegeEscalation"] !== false,
    runAsNonRoot: said("runAsNonRoot") !== true,
    "no seccompProfile": said("seccompProfile") === undefined,
    "capabilities not dropped": !(Array.isArray(drop) && drop.includes("ALL")),
    "capabilities added": !Array.isArray(add) || add.some((it) => it !== "NET_BIND_SERVICE"),
    "root file system": own["readOnlyRootFilesystem"] !== true,
    "no numeric user": typeof said("runAsUser") !== "number",
  };
  return Object.entries(faults).flatMap(([what, isFault]) => (isFault ? [`${name}: ${what}`] : []));
}

function volumeFaults({ volumes }: Pod): string[] {
  return volumes.flatMap(({ name, ...source }) =>
    Object.keys(source).every((kind) => VOLUMES.has(kind)) ? [] : [`volume ${name}`],
  );
}

function ownFaults(pod: Pod): string[] {
  const unlimited = pod.volumes.filter(
    (volume) => "emptyDir" in volume && member(volume["emptyDir"], "sizeLimit") === undefined,
  );
  return [
    ...(pod.automountServiceAccountToken === false ? [] : ["automountServiceAccountToken"]),
    ...(pod.serviceAccountName === undefined ? ["no service account of its own"] : []),
    ...(pod.terminationGracePeriodSeconds === undefined ? ["no termination grace"] : []),
    ...unlimited.map(({ name }) => `volume ${name} has no sizeLimit`),
  ];
}

/** A limit of CPU is each workload's own choice; one of memory is not. */
function containerFaults(container: Container): string[] {
  const { name, resources, image } = container;
  const lacking = [
    ...(["cpu", "memory"].every((it) => it in resources.requests) ? [] : ["requests"]),
    ...("memory" in resources.limits ? [] : ["a memory limit"]),
    ...(["startupProbe", "livenessProbe", "readinessProbe"] as const).filter(
      (probe) => container[probe] === undefined,
    ),
    ...(/:(?!latest$)[^:/]+$|@sha256:/.test(image) ? [] : ["a tag or digest of its image"]),
  ];
  return lacking.map((what) => `${name} has no ${what}`);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
