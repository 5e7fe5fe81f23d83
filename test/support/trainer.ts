import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryFile } from "./client.ts";

const TRAINER = "models/faq-trainer";
const NEEDED = "import lightgbm, matplotlib, onnxruntime, regex, skl2onnx, sklearn, threadpoolctl";

/** A Python that can train: `FAQ_TRAINER_PYTHON`, or that of the trainer's own `.venv`. */
export const trainerPython = process.env["FAQ_TRAINER_PYTHON"] ?? `${TRAINER}/.venv/bin/python`;

/** Why there is nothing to train with, or false. A Python that was named and will not do fails later. */
export const noTrainer: string | false =
  process.env["FAQ_TRAINER_PYTHON"] === undefined && !(existsSync(trainerPython) && isWhole())
    ? "there is no Python with the trainer's requirements (FAQ_TRAINER_PYTHON)"
    : false;

function isWhole(): boolean {
  return spawnSync(trainerPython, ["-c", NEEDED]).status === 0;
}

/** Tables by option, without the dashes. */
export type Tables = Readonly<Record<string, string | Buffer>>;

/** A folder of its own for tables, models and report. */
export class TrainerPlace {
  readonly folder = mkdtempSync(join(tmpdir(), "scoreline-trainer-"));
  readonly models = join(this.folder, "models");
  readonly report = join(this.folder, "report");

  /** Writes the tables. @returns the options that name them */
  write(tables: Tables): string[] {
    return Object.entries(tables).flatMap(([option, content]) => {
      const file = join(this.folder, `${option}.tsv`);
      writeFileSync(file, content);
      return [`--${option}`, file];
    });
  }

  /** Runs the trainer, as a model named `small`, to its end. */
  train(args: readonly string[]): Promise<TrainerEnd> {
    return runPython([`${TRAINER}/train.py`, ...this.#where, ...args]);
  }

  /** The same with several command lines, each a version, by one Python: importing takes longest. */
  trainEach(runs: readonly (readonly string[])[]): Promise<TrainerEnd> {
    const script = "import json, sys, train\nfor args in json.loads(sys.argv[1]): train.main(args)";
    const lines = runs.map((args) => [...this.#where, ...args]);
    return runPython(["-c", script, JSON.stringify(lines)]);
  }

  get #where(): string[] {
    return ["--name", "small", "--models", this.models, "--report", this.report];
  }
}

/** How a run of the trainer ended. */
export interface TrainerEnd {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

/** The trainer has done what it was asked. */
export function assertDone({ code, err }: TrainerEnd): void {
  assert.equal(code, 0, err);
}

/** Runs Python to its end, in the repository's folder, where it finds the trainer's modules. */
export async function runPython(args: readonly string[]): Promise<TrainerEnd> {
  const child = spawn(trainerPython, args, {
    env: { PATH: process.env["PATH"], PYTHONPATH: TRAINER, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code]: unknown[] = await once(child, "close");
  return { code, out, err };
}

/** The first `count` entries of the JavaScript FAQ with all their duplicates. */
export function smallTables(count: number): { originals: string; duplicates: string } {
  const data = "models/faq-javascript/data";
  const originals = repositoryFile(`${data}/originals.tsv`).toString().split("\n");
  const kept = originals.slice(0, count + 1);
  const ids = new Set(kept.map((line) => line.split("\t")[0]));
  const duplicates = repositoryFile(`${data}/duplicates.tsv`).toString().split("\n");
  return {
    originals: kept.join("\n"),
    duplicates: duplicates.filter((line) => ids.has(line.split("\t")[0])).join("\n"),
  };
}
