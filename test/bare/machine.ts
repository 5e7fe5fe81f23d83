import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const BOOT_MS = 180_000;

/** A network namespace, where all ports are free; it reaches the outside through this machine. */
export class Network implements Disposable {
  readonly name: string;
  readonly #slirp: ChildProcess;

  /** Needs root and slirp4netns. */
  constructor(name: string) {
    this.name = name;
    runHere("ip", "netns", "add", name);
    const options = ["--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path"];
    this.#slirp = spawn("slirp4netns", [...options, `/run/netns/${name}`, "tap0"]);
  }

  [Symbol.dispose](): void {
    this.#slirp.kill();
    runHere("ip", "netns", "delete", this.name);
  }
}

/** What a machine is made of. */
export interface MachineParts {
  readonly network: Network;
  /** A debootstrapped folder, which is copied. */
  readonly base: string;
  readonly root: string;
  /** Folders of this machine that are seen in there: `HERE:THERE`. */
  readonly folders: readonly string[];
}

/** What a script in a machine said. */
export interface Said {
  readonly code: number;
  readonly out: string;
}

/** A Debian in a container, with systemd as its first process. */
export class Machine implements AsyncDisposable {
  readonly #parts: MachineParts;
  #container: ChildProcess | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    const { base, root } = parts;
    runHere("cp", "-a", base, root);
    // What it takes to reach this machine's registries in there.
    for (const file of ["/etc/resolv.conf", CERTIFICATES]) copyFileSync(file, join(root, file));
  }

  /** Starts it, and waits until it has booted. */
  async boot(): Promise<void> {
    const { network, root, folders } = this.#parts;
    const console = openSync(`${root}.console`, "a");
    this.#container = spawn(
      "systemd-nspawn",
      [
        "--quiet",
        "--boot",
        "--keep-unit",
        "--register=no",
        "--resolv-conf=off",
        `--directory=${root}`,
        `--network-namespace-path=/run/netns/${network.name}`,
        ...folders.map((folder) => `--bind=${folder}`),
      ],
      { stdio: ["ignore", console, console] },
    );
    await this.#booted();
  }

  /** Runs a script as root, as a person would who is logged in. @param more NAME=VALUE */
  async run(script: string, more: readonly string[] = []): Promise<Said> {
    const environment = [PATH, "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
    const trust = `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`;
    const inside = ["--target", String(this.#first()), "--all"];
    const shell = ["bash", "-euo", "pipefail", "-c", `cd\n${script}`];
    const child = spawn(
      "nsenter",
      [...inside, "--", "env", "-i", ...environment, trust, ...more, ...shell],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    const [code]: unknown[] = await once(child, "close");
    return { code: Number(code ?? -1), out };
  }

  /** As `systemctl reboot` does it: everything is stopped, and the machine comes up again. */
  async reboot(): Promise<void> {
    await this.#stop("reboot");
    // As a unit of systemd's own would start it again: it has ended with 133.
    await this.boot();
  }

  /** Stops it in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop("poweroff");
  }

  async #stop(how: "reboot" | "poweroff"): Promise<void> {
    const container = this.#container;
    if (container === undefined || container.exitCode !== null) return;
    const ended = once(container, "exit");
    await this.run(`systemctl ${how}`);
    await ended;
  }

  async #booted(): Promise<void> {
    const end = Date.now() + BOOT_MS;
    while (Date.now() < end) {
      await delay(500);
      if (this.#first() === 0) continue;
      const { out } = await this.run("systemctl is-system-running --wait || true");
      if (/^(?:running|degraded)$/m.test(out)) return;
    }
    throw new Error(`${this.#parts.root} does not boot: see its .console`);
  }

  /** The process number, out here, of its process 1; 0 while there is none. */
  #first(): number {
    const { pid } = this.#container ?? {};
    if (pid === undefined) return 0;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return Number(children.trim().split(" ")[0] ?? 0);
  }

  /** Writes a file in there. */
  write(path: string, text: string | Uint8Array): void {
    writeFileSync(join(this.#parts.root, path), text);
  }
}

/** @throws {Error} with what the command said, if it fails */
export function runHere(program: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(" ")}: ${stderr}`);
}
