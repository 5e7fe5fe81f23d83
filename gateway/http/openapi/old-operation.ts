import { Registry } from "../../../shared/model/registry.ts";
import { operationObject, type Description, type OperationObject } from "./operation.ts";
import type { Body } from "./parts.ts";

/** For rooms without a table: goes when the last of them has one. */
export interface OperationParts extends Omit<Description, "body"> {
  readonly requestBody?: Body;
}

export type Operation = OperationObject;

export function operation(id: string, { requestBody, ...parts }: OperationParts): OperationObject {
  const described = { ...parts, handler: { name: id }, ...(requestBody && { body: requestBody }) };
  return operationObject(described, new Registry([], new Map()));
}
