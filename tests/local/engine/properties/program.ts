import { credentials, status, type ServiceError } from "@grpc/grpc-js";
import { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { StartProgram } from "../../../../local/engine/plugin/program";
import { inlineProgram } from "../inlineProgram";
import { unknownText, type Props } from "./cloud";
import { childUrn, expand, nodeOf, stackUrn, type Graph, type Node } from "./graph";

const secretText = "1b47061264138c4ac30d75fd1eb44270";
const signatureKey = "4dabf18193072939515e22adb298388d";

type Registered = { urn: string; outputs: Props; unknown: boolean };
/** The monitor is shutting down, so the program ends without an error. */
class ShutDown extends Error {}

const toStruct = (value: Props): Struct =>
  Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);

/**
 * A program that registers a graph as the SDK would: everything at once, each resource as soon as the outputs
 * it depends on are known. Outputs of failed or skipped resources are unknown. UNAVAILABLE ends the program
 * without an error.
 */
export function programOf(graph: Graph): StartProgram {
  return inlineProgram(async (info) => {
    const client = new ResourceMonitorClient(info.monitorAddress, credentials.createInsecure());
    try {
      await run(graph, client, info.dryRun);
    } catch (error) {
      if (!(error instanceof ShutDown)) throw error;
    } finally {
      client.close();
    }
  });
}

type Unary<Q, R> = (request: Q, callback: (error: ServiceError | null, response: R) => void) => unknown;

async function run(graph: Graph, client: ResourceMonitorClient, dryRun: boolean): Promise<void> {
  const call = <Q, R>(method: Unary<Q, R>, request: Q): Promise<R> =>
    new Promise((resolve, reject) => {
      method.call(client, request, (error, response) => {
        if (!error) return resolve(response);
        const stopping = error.code === status.UNAVAILABLE || error.code === status.CANCELLED;
        reject(stopping ? new ShutDown() : new Error(error.details));
      });
    });

  const root = new resource.RegisterResourceRequest();
  root.setType("pulumi:pulumi:Stack");
  root.setName(stackUrn.split("::")[3] ?? "");
  await call<resource.RegisterResourceRequest, resource.RegisterResourceResponse>(
    client.registerResource,
    root,
  );

  const started = new Map<string, Promise<Registered>>();
  const registration = (key: string): Promise<Registered> => {
    const node = nodeOf(graph, key);
    if (!node) throw new Error(`the graph lacks ${key}`);
    const known = started.get(key);
    if (known) return known;
    const made = register(node);
    started.set(key, made);
    return made;
  };
  const register = async (node: Node): Promise<Registered> => {
    const parent = node.parent ? (await registration(node.parent)).urn : stackUrn;
    const request = new resource.RegisterResourceRequest();
    const depended = await Promise.all(expand(graph, node.dependsOn).map(registration));
    const dependencies = new Set(depended.map(({ urn }) => urn));
    const inputs: Props = {};
    for (const [name, input] of Object.entries(node.inputs)) {
      if ("literal" in input) {
        inputs[name] = input.secret ? { [signatureKey]: secretText, value: input.literal } : input.literal;
        continue;
      }
      const from = await registration(input.from);
      const value = from.outputs[input.output];
      inputs[name] = from.unknown || (value === undefined && dryRun) ? unknownText : (value ?? null);
      dependencies.add(from.urn);
      const entry = new resource.RegisterResourceRequest.PropertyDependencies();
      entry.setUrnsList([from.urn]);
      request.getPropertydependenciesMap().set(name, entry);
    }
    if (node.deletedWith) request.setDeletedwith((await registration(node.deletedWith)).urn);
    fillOptions(request, node, parent);
    request.setObject(toStruct(inputs));
    request.setDependenciesList([...dependencies]);
    const response = await call<resource.RegisterResourceRequest, resource.RegisterResourceResponse>(
      client.registerResource,
      request,
    );
    const urn = response.getUrn();
    if (urn !== childUrn(parent, node.type, node.name)) throw new Error(`unexpected URN ${urn}`);
    return {
      urn,
      outputs: (response.getObject()?.toJavaScript() ?? {}) as Props,
      unknown: response.getResult() !== resource.Result.SUCCESS,
    };
  };

  const results = await Promise.allSettled(graph.map(({ key }) => registration(key)));
  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  // A real program that is stopped does not signal any more; any other error comes from the program itself.
  if (failed.length > 0) throw failed.find((error) => !(error instanceof ShutDown)) ?? failed[0];

  const finish = (urn: string, outputs: Props): Promise<Empty> => {
    const request = new resource.RegisterResourceOutputsRequest();
    request.setUrn(urn);
    request.setOutputs(toStruct(outputs));
    return call<resource.RegisterResourceOutputsRequest, Empty>(client.registerResourceOutputs, request);
  };
  const exported: Props = {};
  for (const node of graph) {
    const { urn, outputs } = await registration(node.key);
    if (node.kind === "component") await finish(urn, {});
    else if (typeof outputs.echo === "string") exported[node.key] = outputs.echo;
  }
  await finish(stackUrn, exported);
  await call<Empty, Empty>(client.signalAndWaitForShutdown, new Empty());
}

function fillOptions(request: resource.RegisterResourceRequest, node: Node, parent: string): void {
  request.setType(node.type);
  request.setName(node.name);
  request.setCustom(node.kind === "custom");
  request.setParent(parent);
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  request.setSupportspartialvalues(true);
  request.setSupportsresultreporting(true);
  request.setAliasspecs(true);
  request.setCustomtimeouts(new resource.RegisterResourceRequest.CustomTimeouts());
  if (node.protect !== undefined) request.setProtect(node.protect);
  if (node.retainOnDelete !== undefined) request.setRetainondelete(node.retainOnDelete);
  if (node.deleteBeforeReplace !== undefined) {
    request.setDeletebeforereplace(node.deleteBeforeReplace);
    request.setDeletebeforereplacedefined(true);
  }
  request.setReplaceonchangesList(node.replaceOnChanges ?? []);
  request.setIgnorechangesList(node.ignoreChanges ?? []);
  request.setAdditionalsecretoutputsList(node.additionalSecretOutputs ?? []);
  for (const { name, type, parent: from, noParent } of node.aliases) {
    const alias = new Alias();
    const spec = new Alias.Spec();
    if (name !== undefined) spec.setName(name);
    if (type !== undefined) spec.setType(type);
    if (noParent) spec.setNoparent(true);
    else if (from !== undefined) spec.setParenturn(from);
    alias.setSpec(spec);
    request.addAliases(alias);
  }
}
