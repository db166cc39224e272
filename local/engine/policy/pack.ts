import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  EnforcementLevel,
  PolicyConfig as ConfigMessage,
  type AnalyzeDiagnostic,
  type AnalyzerInfo,
  type PolicyConfig as ConfigAnswer,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { resolve } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import type { Violation } from "../display/events";
import { EngineError } from "../errors";
import type { Children } from "../plugin/processes";
import { callerOf, message } from "../plugin/rpc";
import type { ResourceState } from "../state/state";
import { fromStruct } from "../values/struct";
import { parseUrn } from "../values/urn";
import { without, type Properties } from "../values/values";
import { readPackConfig, reconcile, type Level, type PackConfig, type PolicyInfo } from "./config";
import { startHost, type HostOptions, type PolicyHost } from "./host";

/** The folder of a pack, and the file with its configuration; relative to the directory of the command. */
export type PackOptions = { directory: string; config?: string | undefined };

/** A resource to analyse; `provider` is the provider resource that manages it. */
export type Analyzed = {
  state: ResourceState;
  deleteBeforeReplace: boolean | undefined;
  provider: ResourceState | undefined;
};

export type PolicyPack = {
  name: string;
  version: string;
  /** As given on the command line. */
  directory: string;
  /** Checks the inputs of one resource. */
  analyze(resource: Analyzed): Promise<Violation[]>;
  /** Checks the outputs of all resources. */
  analyzeStack(resources: readonly Analyzed[]): Promise<Violation[]>;
  stop(): void;
};

/** Starts and configures a pack. Errors: usage, unsupported, plugin; the message names the pack. */
export async function openPack(
  { directory, config }: PackOptions,
  cwd: string,
  options: HostOptions,
  children: Children,
  engineAddress: string,
): Promise<PolicyPack> {
  const given = config === undefined ? undefined : await readPackConfig(resolve(cwd, config));
  const host = await startHost(resolve(cwd, directory), options, children, engineAddress);
  try {
    return await configured(directory, host, options, given);
  } catch (error) {
    host.stop();
    throw error;
  }
}

async function configured(
  directory: string,
  host: PolicyHost,
  options: HostOptions,
  given: PackConfig | undefined,
): Promise<PolicyPack> {
  const call = callerOf(host.client, AnalyzerService);
  const answer = <T>(response: Promise<T>): Promise<T> =>
    response.catch((error: ServiceError) => {
      throw failure(directory, host, error);
    });
  const secretKeys = [...options.config].filter(([, value]) => value.secret).map(([key]) => key);
  await answer(
    call("configureStack", {
      stack: options.stack,
      project: options.project.name,
      organization: "organization",
      dryRun: options.dryRun,
      configMap: new Map([...options.config].map(([key, { text }]) => [key, text])),
      configSecretKeysList: secretKeys,
    }),
  );
  const info = await answer(call("getAnalyzerInfo", {}));
  const name = info.getName();
  const version = host.version ?? info.getVersion();
  const policies = info.getPoliciesList().map(readPolicy);
  const layers = [initialConfig(info), ...(given ? [given] : [])];
  const settings = reconcile(name, policies, layers);
  const remediated = [...settings].find(([, one]) => one.level === "remediate")?.[0];
  if (remediated !== undefined)
    throw new EngineError(
      "unsupported",
      `policy "${remediated}" of pack ${name} has the level remediate, which the embedded engine does not support; use mandatory or advisory (--policy-pack-config), or the Pulumi CLI`,
    );
  const entries = [...settings].map(([policy, { level, properties }]) => {
    const enforcementlevel = levelNumbers[level];
    return [policy, message(ConfigMessage, { enforcementlevel, properties })] as const;
  });
  await answer(call("configure", { policyconfigMap: new Map(entries) }));
  const read = (diagnostics: AnalyzeDiagnostic[], urn?: string): Violation[] =>
    diagnostics.map((one) => readViolation(one, version, urn));
  return {
    name,
    version,
    directory,
    async analyze(resource) {
      const { urn } = resource.state;
      const fields = described(resource, resource.state.inputs);
      return read((await answer(call("analyze", fields))).getDiagnosticsList(), urn);
    },
    async analyzeStack(resources) {
      const resourcesList = resources.map((one) => {
        const { parent, dependencies, propertyDependencies } = one.state;
        const byProperty = Object.entries(propertyDependencies ?? {}).filter(([, urns]) => urns.length > 0);
        return message(AnalyzerResource, {
          ...described(one, one.state.outputs),
          parent: parent ?? "",
          dependenciesList: dependencies ?? [],
          propertydependenciesMap: new Map(
            byProperty.map(([key, urnsList]) => [key, message(AnalyzerPropertyDependencies, { urnsList })]),
          ),
        });
      });
      return read((await answer(call("analyzeStack", { resourcesList }))).getDiagnosticsList());
    },
    stop: host.stop,
  };
}

/**
 * As Pulumi describes a resource to a policy (pulumi/pulumi, pkg/resource/plugin/analyzer_plugin.go): secrets stay marked, and the SDK
 * gives policies their plain values. Keys that begin with `__` are not sent.
 */
function described({ state, deleteBeforeReplace, provider }: Analyzed, properties: Properties | undefined) {
  const { urn, type, customTimeouts = {} } = state;
  const timeouts = message(AnalyzerResourceOptions.CustomTimeouts, customTimeouts);
  return {
    urn,
    type,
    name: parseUrn(urn).name,
    properties: visible(properties),
    options: message(AnalyzerResourceOptions, {
      protect: state.protect === true,
      ignorechangesList: state.ignoreChanges ?? [],
      deletebeforereplace: deleteBeforeReplace === true,
      deletebeforereplacedefined: deleteBeforeReplace !== undefined,
      additionalsecretoutputsList: state.additionalSecretOutputs ?? [],
      aliasesList: state.aliases ?? [],
      customtimeouts: timeouts,
      parent: state.parent ?? "",
    }),
    ...(provider && {
      provider: message(AnalyzerProviderResource, {
        urn: provider.urn,
        type: provider.type,
        name: parseUrn(provider.urn).name,
        properties: visible(provider.inputs),
      }),
    }),
  };
}

function visible(properties: Properties = {}): Properties {
  return without(
    properties,
    Object.keys(properties).filter((key) => key.startsWith("__")),
  );
}

const levelNumbers: Record<Level, EnforcementLevel> = {
  advisory: EnforcementLevel.ADVISORY,
  mandatory: EnforcementLevel.MANDATORY,
  disabled: EnforcementLevel.DISABLED,
  remediate: EnforcementLevel.REMEDIATE,
};

function readLevel(number: EnforcementLevel): Level {
  const found = Object.entries(levelNumbers).find(([, one]) => one === number)?.[0];
  return (found as Level | undefined) ?? "mandatory";
}

function readPolicy(info: ReturnType<AnalyzerInfo["getPoliciesList"]>[number]): PolicyInfo {
  const schema = info.getConfigschema();
  return {
    name: info.getName(),
    level: readLevel(info.getEnforcementlevel()),
    schema: fromStruct(schema?.getProperties()),
    required: schema?.getRequiredList() ?? [],
  };
}

function initialConfig(info: AnalyzerInfo): PackConfig {
  const config: PackConfig = new Map();
  info.getInitialconfigMap().forEach((value: ConfigAnswer, name: string) => {
    const level = readLevel(value.getEnforcementlevel());
    config.set(name, { level, properties: fromStruct(value.getProperties()) });
  });
  return config;
}

/** A violation of a resource policy belongs to that resource, whatever the policy names. */
function readViolation(one: AnalyzeDiagnostic, version: string, urn?: string): Violation {
  const level = readLevel(one.getEnforcementlevel()) === "advisory" ? "advisory" : "mandatory";
  return {
    pack: one.getPolicypackname(),
    version,
    policy: one.getPolicyname(),
    level,
    urn: urn ?? one.getUrn(),
    message: one.getMessage(),
  };
}

function failure(directory: string, host: PolicyHost, { details, message: text }: ServiceError): EngineError {
  const how = host.ended();
  // The SDK's host sends the stack trace of an error in a policy.
  const lines = (details || text).split("\n").filter((line) => !/^\s+at /.test(line));
  const why = how === undefined ? lines.join("\n") : `its process ${how} in the middle of the run`;
  return new EngineError("plugin", `failed to run policy pack ${directory}: ${why}`);
}
