import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { changedLines } from "../terminal/changed-lines.ts";
import { CommandError } from "../terminal/command.ts";
import type { NamedObject } from "./objects.ts";
import { messageOf } from "../../shared/message-of.ts";

/** A file to be: its path in its folder, and its text. */
export interface RenderedFile {
  readonly name: string;
  readonly text: string;
}

/** kustomize's own, which is no object of a cluster. */
const KUSTOMIZATION = "kustomization.yaml";

/** A folder for kustomize. @param command that makes it, as it is typed */
export function filesOf(objects: readonly NamedObject[], command: string): RenderedFile[] {
  const resources = objects.map(({ file }) => file);
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources,
  };
  return [
    { name: KUSTOMIZATION, text: `# Made by: ${command}\n${yaml(kustomization)}` },
    ...objects.map(({ file, object }) => ({ name: file, text: yaml(object) })),
  ];
}

/** One stream for `kubectl apply -f -`. */
export function streamOf(objects: readonly NamedObject[], command: string): string {
  const documents = objects.map(({ object }) => `---\n${yaml(object)}`);
  return `# Made by: ${command}\n${documents.join("")}`.trimEnd();
}

function yaml(object: object): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** @throws {CommandError} when the folder cannot be written */
export function writeFiles(files: readonly RenderedFile[], folder: string): void {
  try {
    for (const { name, text } of files) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  } catch (error) {
    throw new CommandError(`cannot write to ${folder}: ${messageOf(error)}`);
  }
}

/**
 * Writes files, but none over one that has another text.
 *
 * @throws {CommandError} naming those that are there, before anything is written
 */
export function writeNewFiles(files: readonly RenderedFile[], folder: string): void {
  const others = files.filter(({ name, text }) => {
    const there = readIfThere(join(folder, name));
    return there !== "" && there !== text;
  });
  if (others.length === 0) return writeFiles(files, folder);
  const names = others.map(({ name }) => `  ${join(folder, name)}`).join("\n");
  throw new CommandError(
    `nothing was written: --force would overwrite what is there already:\n${names}`,
  );
}

/** What would change in a folder, file by file; empty when nothing would. */
export function changesOf(files: readonly RenderedFile[], folder: string): string[] {
  return files.flatMap(({ name, text }) => {
    const path = join(folder, name);
    const lines = changedLines(readIfThere(path), text);
    return lines.length === 0 ? [] : [`${path}:`, ...lines];
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
