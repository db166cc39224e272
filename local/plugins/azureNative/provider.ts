/** The azure-native stand-in. It handles the configuration; all else follows from the tables. */
import { version } from "@pulumi/azure-native/package.json";
import type { CheckRequest, CheckResult, Host, Provider } from "../host/provider";
import { isObject, type Properties } from "../host/values";
import { armClient, type Arm } from "./arm";
import { cliAccount } from "./cli";
import { azureCloud } from "./clouds";
import { providerConfig, type ProviderConfig } from "./config";
import { chooseLogin, login } from "./credentials";
import type { Session } from "./call";
import { createResource, deleteResource, readResource, updateResource } from "./crud";
import { diffInputs } from "./diff";
import { invoke } from "./invoke";
import { fillLocation, fillName } from "./naming";
import { previewOutputs } from "./shape";
import { resourceSpec, type ResourceSpec } from "./tables";
import { validate } from "./validate";

const RESOURCE_GROUP_API_VERSION = "2020-10-01";

/** With the Azure CLI cloud and subscription come from its account. Every other kind requires a subscription id. */
async function connect(config: ProviderConfig): Promise<Arm> {
  const { kind } = chooseLogin(config);
  const account = kind === "the Azure CLI" ? await cliAccount(config.text("subscriptionId")) : undefined;
  const cloud = await azureCloud(config, account?.environmentName);
  return armClient(
    cloud,
    await login(config, cloud, account),
    account?.id ?? config.text("subscriptionId") ?? "",
  );
}

/** In the preview of an update, a name and a location that Azure assigned remain known. */
function previewUpdate(spec: ResourceSpec, inputs: Properties, olds: Properties): Properties {
  const outputs = previewOutputs(spec, inputs);
  for (const key of ["name", "location"]) {
    if (olds[key] !== undefined && inputs[key] === undefined) outputs[key] = olds[key];
  }
  return outputs;
}

export function azureNativeProvider(host: Host, env: NodeJS.ProcessEnv = process.env): Provider {
  const cancellation = new AbortController();
  let config = providerConfig({}, env);
  let arm: Promise<Arm> | undefined;
  const groupLocations = new Map<string, Promise<string | undefined>>();

  // The provider connects on the first call that needs Azure. Checks and diffs need no connection.
  const connected = (): Promise<Arm> => (arm ??= connect(config));
  const session = async (): Promise<Session> => ({
    arm: await connected(),
    host,
    cancelled: cancellation.signal,
    skipReadOnUpdate: config.flag("skipReadOnUpdate"),
  });

  /** A failure is ignored here: validation then reports the missing location. */
  const lookUpLocation = async (group: string): Promise<string | undefined> => {
    try {
      const client = await connected();
      const path = `/subscriptions/${client.subscriptionId}/resourceGroups/${encodeURIComponent(group)}`;
      const { status, json } = await client.send({
        method: "GET",
        path,
        apiVersion: RESOURCE_GROUP_API_VERSION,
      });
      const location = status === 200 && isObject(json) ? json["location"] : undefined;
      return typeof location === "string" ? location : undefined;
    } catch {
      return undefined;
    }
  };
  const groupLocation = (group: string): Promise<string | undefined> => {
    const known = groupLocations.get(group) ?? lookUpLocation(group);
    groupLocations.set(group, known);
    return known;
  };

  const check = async (request: CheckRequest): Promise<CheckResult> => {
    const spec = resourceSpec(request.type);
    const inputs: Properties = { ...request.news };
    fillName(spec, request, inputs);
    await fillLocation(spec, request.olds, inputs, config.text("location"), groupLocation);
    inputs["azureApiVersion"] ??= spec.apiVersion;
    return { inputs, failures: validate(spec, inputs) };
  };

  return {
    version,
    acceptSecrets: false,
    handshake: false,
    supportsAutonaming: true,
    async configure(request) {
      if (!request.sendsOldInputs || !request.sendsOldInputsToDelete) {
        throw new Error("Azure Native provider requires Pulumi CLI v3.74.0 or later");
      }
      config = providerConfig(request.config, env);
      arm = undefined;
      // As the real provider does, report now what can be checked without a request.
      if (!config.text("metadataHost")) await azureCloud(config);
      chooseLogin(config);
    },
    check,
    diff: (request) =>
      Promise.resolve(diffInputs(resourceSpec(request.type), request.oldInputs, request.news, request.olds)),
    create: async (request) => {
      const spec = resourceSpec(request.type);
      if (request.preview) return { id: "", outputs: previewOutputs(spec, request.inputs) };
      return createResource(await session(), spec, request);
    },
    read: async (request) => {
      const spec = resourceSpec(request.type);
      return readResource(await session(), spec, request);
    },
    update: async (request) => {
      const spec = resourceSpec(request.type);
      if (request.preview) return previewUpdate(spec, request.inputs, request.olds);
      return updateResource(await session(), spec, request);
    },
    delete: async (request) => {
      const spec = resourceSpec(request.type);
      return deleteResource(await session(), spec, request);
    },
    invoke: async (token) => ({ result: await invoke(connected, token), failures: [] }),
    cancel: () => cancellation.abort(),
  };
}
