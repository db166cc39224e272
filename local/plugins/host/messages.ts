import {
  CheckFailure as CheckFailureMessage,
  DiffResponse,
  PropertyDiff,
  CheckRequest as CheckRequestMessage,
  type ConfigureRequest as ConfigureRequestMessage,
} from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { plainProperties, type Properties } from "./values";
import {
  parseUrn,
  type Autonaming,
  type CheckFailure,
  type ConfigureRequest,
  type DiffResult,
  type PropertyChange,
  type ResourceRef,
} from "./provider";

export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}

/** Reads type and name from the URN: older engines do not send the separate fields. */
export function resourceRef(message: { getUrn(): string }): ResourceRef {
  return parseUrn(message.getUrn());
}

export function autonaming(message: CheckRequestMessage): Autonaming | undefined {
  const options = message.getAutonaming();
  if (!options) return undefined;
  const { ENFORCE, DISABLE } = CheckRequestMessage.AutonamingOptions.Mode;
  const mode = options.getMode();
  return {
    mode: mode === ENFORCE ? "enforce" : mode === DISABLE ? "disable" : "propose",
    proposedName: options.getProposedName(),
  };
}

export function failures(list: CheckFailure[]): CheckFailureMessage[] {
  return list.map(({ property, reason }) => {
    const message = new CheckFailureMessage();
    message.setProperty(property);
    message.setReason(reason);
    return message;
  });
}

function diffKind({ kind, replace }: PropertyChange): PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;
  const kinds = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  };
  return kinds[kind][replace ? 1 : 0]!;
}

function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

export function diffResponse(result: DiffResult): DiffResponse {
  const response = new DiffResponse();
  const { DIFF_NONE, DIFF_SOME, DIFF_UNKNOWN } = DiffResponse.DiffChanges;
  response.setChanges({ none: DIFF_NONE, some: DIFF_SOME, unknown: DIFF_UNKNOWN }[result.changes]);
  const entries = Object.entries(result.detailed);
  response.setReplacesList(entries.filter(([, change]) => change.replace).map(([path]) => path));
  response.setDiffsList([...new Set(entries.map(([path]) => rootOf(path)))]);
  response.setDeletebeforereplace(result.deleteBeforeReplace);
  response.setHasdetaileddiff(result.changes !== "unknown");
  for (const [path, change] of entries) {
    const diff = new PropertyDiff();
    diff.setKind(diffKind(change));
    diff.setInputdiff(true);
    response.getDetaileddiffMap().set(path, diff);
  }
  return response;
}

/** `pkg:config:key` variables and plain arguments, as one map of strings without the prefix. */
export function configureRequest(message: ConfigureRequestMessage): ConfigureRequest {
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(plainProperties(fromStruct(message.getArgs())))) {
    config[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  message.getVariablesMap().forEach((value, key) => {
    config[key.slice(key.lastIndexOf(":") + 1)] = value;
  });
  return {
    config,
    sendsOldInputs: message.getSendsOldInputs(),
    sendsOldInputsToDelete: message.getSendsOldInputsToDelete(),
  };
}
