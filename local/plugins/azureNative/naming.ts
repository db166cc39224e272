/** Names and locations the provider fills in when the program leaves them out. */
import { createHash, randomBytes } from "node:crypto";
import type { Autonaming, CheckRequest } from "../host/provider";
import { isUnknown, UNKNOWN, type Json, type Properties } from "../host/values";
import { objectType, type ResourceSpec } from "./tables";

/** Marks inputs whose name is random, so that a replacement can be created before the old one is deleted. */
export const CREATE_BEFORE_DELETE = "__createBeforeDelete";

function hexDigits(seed: Uint8Array, count: number): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(32);
  return bytes.toString("hex").slice(0, count);
}

function seededUuid(seed: Uint8Array): string {
  return hexDigits(seed, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

interface AutoName {
  name: string;
  random: boolean;
}

function autoName(
  kind: ResourceSpec["autoName"],
  logicalName: string,
  seed: Uint8Array,
  naming: Autonaming | undefined,
): AutoName | undefined {
  if (naming?.mode === "disable") return undefined;
  const random = kind !== "copy";
  if (naming?.mode === "enforce") return { name: naming.proposedName, random };
  if (naming?.proposedName && kind !== "uuid") return { name: naming.proposedName, random };
  if (kind === "uuid") return { name: seededUuid(seed), random };
  return { name: random ? `${logicalName}${hexDigits(seed, 8)}` : logicalName, random };
}

/** Adds the name of the last path parameter if it is absent; a name given before is kept. */
export function fillName(spec: ResourceSpec, request: CheckRequest, inputs: Properties): void {
  const input = spec.autoNameInput;
  if (inputs[input] !== undefined) return;
  const previous = request.olds[input];
  if (previous !== undefined) {
    inputs[input] = previous;
    if (request.olds[CREATE_BEFORE_DELETE] !== undefined) {
      inputs[CREATE_BEFORE_DELETE] = request.olds[CREATE_BEFORE_DELETE];
    }
    return;
  }
  const made = autoName(spec.autoName, request.name, request.randomSeed, request.autonaming);
  if (!made) return;
  inputs[input] = made.name;
  if (made.random) inputs[CREATE_BEFORE_DELETE] = true;
}

/** The previous location, else the configured one, else the resource group's; unknown if the group is. */
export async function fillLocation(
  spec: ResourceSpec,
  olds: Properties,
  inputs: Properties,
  configured: string | undefined,
  groupLocation: (resourceGroupName: string) => Promise<string | undefined>,
): Promise<void> {
  if (inputs["location"] !== undefined || !objectType(`${spec.typeKey}/in`)?.p["location"]) return;
  const group = inputs["resourceGroupName"];
  let location: Json | undefined = olds["location"] ?? configured;
  if (location === undefined && spec.autoNameInput !== "resourceGroupName") {
    if (isUnknown(group)) location = UNKNOWN;
    else if (typeof group === "string") location = await groupLocation(group);
  }
  if (location !== undefined) inputs["location"] = location;
}
