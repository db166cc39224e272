/** The stand-in command provider. It supports `command:local:Command`. */
import { randomBytes } from "node:crypto";
import { version } from "@pulumi/command/package.json";
import type { CheckFailure, CheckRequest, CheckResult, DiffResult, Host, Provider } from "../host/provider";
import { containsSecret, equal, isUnknown, plain, plainProperties, secret, UNKNOWN } from "../host/values";
import { isObject, type Json, type Properties } from "../host/values";
import { unsupported } from "../host/errors";
import { runCommand, runInputs } from "./run";

const COMMAND = "command:local:Command";

const INPUTS: Record<string, "text" | "texts" | "map" | "flag" | "list"> = {
  create: "text",
  update: "text",
  delete: "text",
  triggers: "list",
  stdin: "text",
  logging: "text",
  interpreter: "texts",
  dir: "text",
  environment: "map",
  addPreviousOutputInEnv: "flag",
};
const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];
const OUTPUTS = ["stdout", "stderr"];
/** Inputs of the real provider that the stand-in refuses, because this program uses none of them. */
const UNSUPPORTED_INPUTS = ["assetPaths", "archivePaths"];
const PLUGIN = { name: "command", version };

function assertSupported(type: string): void {
  if (type === COMMAND) return;
  throw new Error(unsupported(`Resource type ${type}`, PLUGIN, COMMAND));
}

const isText = (value: Json): boolean => typeof value === "string";

function isOf(kind: (typeof INPUTS)[string], value: Json): boolean {
  if (isUnknown(value)) return true;
  if (kind === "text") return isText(value);
  if (kind === "flag") return typeof value === "boolean";
  if (kind === "map") return isObject(value) && Object.values(value).every(isText);
  return Array.isArray(value) && (kind === "list" || value.every(isText));
}

const TYPE_NAMES = {
  text: "a string",
  texts: "a list of strings",
  map: "a map of strings",
  flag: "true or false",
  list: "a list",
};

function unknownInput(name: string): string {
  return UNSUPPORTED_INPUTS.includes(name)
    ? unsupported(`property '${name}'`, PLUGIN, Object.keys(INPUTS).join(", "))
    : `unknown property '${name}'; allowed: ${Object.keys(INPUTS).join(", ")}`;
}

function checkInputs({ news }: CheckRequest): CheckResult {
  const failures: CheckFailure[] = [];
  const values = plainProperties(news);
  for (const [name, value] of Object.entries(values)) {
    const kind = INPUTS[name];
    if (!kind) failures.push({ property: name, reason: unknownInput(name) });
    else if (!isOf(kind, value))
      failures.push({ property: name, reason: `'${name}' must be ${TYPE_NAMES[kind]}` });
  }
  const logging = values["logging"];
  if (typeof logging === "string" && !isUnknown(logging) && !LOGGING.includes(logging)) {
    failures.push({
      property: "logging",
      reason: `'logging' is '${logging}'; allowed: ${LOGGING.join(", ")}`,
    });
  }
  const inputs: Properties = {};
  for (const [name, value] of Object.entries(news)) if (value !== null) inputs[name] = value;
  inputs["addPreviousOutputInEnv"] ??= true;
  return { inputs, failures };
}

function changedPaths(
  path: string,
  old: Json | undefined,
  now: Json | undefined,
  detailed: DiffResult["detailed"],
): void {
  if (equal(old, now)) return;
  if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      changedPaths(`${path}.${key}`, old[key], now[key], detailed);
    }
  } else if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    for (let index = 0; index < length; index++)
      changedPaths(`${path}[${index}]`, old[index], now[index], detailed);
  } else {
    const kind = old === undefined ? "add" : now === undefined ? "delete" : "update";
    detailed[path] = { kind, replace: /^triggers(\[|\.|$)/.test(path) };
  }
}

/** A change of triggers replaces the resource; any other change updates it. */
function diffCommand(oldInputs: Properties, news: Properties): DiffResult {
  const olds = plainProperties(oldInputs);
  const now = plainProperties(news);
  const detailed: DiffResult["detailed"] = {};
  for (const name of Object.keys(INPUTS)) changedPaths(name, olds[name], now[name], detailed);
  return {
    changes: Object.keys(detailed).length > 0 ? "some" : "none",
    detailed,
    deleteBeforeReplace: false,
  };
}

/** The inputs and the results. If an input is secret, so are the results. */
function stateOf(inputs: Properties, results: Properties): Properties {
  const hidden = containsSecret(inputs);
  const state: Properties = { ...inputs };
  for (const [name, value] of Object.entries(results)) state[name] = hidden ? secret(value) : value;
  return state;
}

/** A run may change both outputs, so both are unknown in a preview. */
function previewOf(inputs: Properties): Properties {
  return stateOf(inputs, { stdout: UNKNOWN, stderr: UNKNOWN });
}

export function commandProvider(host: Host): Provider {
  const cancellation = new AbortController();

  const run = async (
    urn: string,
    command: Json,
    properties: Properties,
    previous: Properties,
  ): Promise<Properties> => {
    const values = plainProperties(properties);
    const before = plainProperties(previous);
    try {
      return await runCommand({
        command: String(plain(command)),
        inputs: runInputs(values),
        previous: { stdout: text(before["stdout"]), stderr: text(before["stderr"]) },
        shownAs: containsSecret(command) ? "[secret]" : JSON.stringify(command),
        log: (line) => host.log("info", line, urn, true),
        signal: cancellation.signal,
      });
    } finally {
      await host.flushed();
    }
  };

  return {
    version,
    acceptSecrets: true,
    handshake: true,
    supportsAutonaming: false,
    configure: () => Promise.resolve(),
    check: async (request) => {
      assertSupported(request.type);
      return checkInputs(request);
    },
    diff: async (request) => {
      assertSupported(request.type);
      const known = Object.keys(request.oldInputs).length > 0 ? request.oldInputs : request.olds;
      return diffCommand(known, request.news);
    },
    create: async ({ type, urn, name, inputs, preview }) => {
      assertSupported(type);
      if (preview) return { id: "", outputs: previewOf(inputs) };
      const id = `${name}${randomBytes(4).toString("hex")}`;
      const command = inputs["create"];
      const results =
        command === undefined ? { stdout: "", stderr: "" } : await run(urn, command, inputs, {});
      return { id, outputs: stateOf(inputs, results) };
    },
    update: async ({ type, urn, inputs, olds, preview }) => {
      assertSupported(type);
      if (preview) return previewOf(inputs);
      const kept = Object.fromEntries(
        OUTPUTS.filter((name) => olds[name] !== undefined).map((name) => [name, olds[name]!]),
      );
      const command = inputs["update"] ?? inputs["create"];
      return stateOf(
        inputs,
        command === undefined ? kept : { ...kept, ...(await run(urn, command, inputs, kept)) },
      );
    },
    delete: async ({ type, urn, properties }) => {
      assertSupported(type);
      const command = properties["delete"];
      if (command !== undefined && command !== null) await run(urn, command, properties, properties);
    },
    read: async ({ type, id, properties, inputs }) => {
      assertSupported(type);
      if (Object.keys(properties).length === 0)
        throw new Error(`${COMMAND} cannot be imported: a command leaves nothing to read`);
      return { id, inputs, outputs: properties };
    },
    invoke: (token) => Promise.reject(new Error(unsupported(`Function ${token}`, PLUGIN, "none"))),
    cancel: () => cancellation.abort(),
  };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
