/** Provider functions: reads and POST actions of the table's resources, and what the provider knows of itself. */
import type { CheckFailure } from "../host/provider";
import { isObject, type Properties } from "../host/values";
import { azureError, type Arm } from "./arm";
import { resourceId } from "./ids";
import { toOutputs } from "./shape";
import { invokeSpec, pathParameters, type InvokeSpec } from "./tables";

const CLIENT_CONFIG = "azure-native:authorization:getClientConfig";
const CLIENT_TOKEN = "azure-native:authorization:getClientToken";

/** Claims of a token's payload; the signature is the issuer's business. */
function claims(token: string): Properties {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  try {
    const parsed = JSON.parse(payload) as unknown;
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

async function clientConfig(arm: Arm): Promise<Properties> {
  const { appid, oid, tid } = claims(await arm.token());
  return {
    clientId: appid ?? "",
    objectId: oid ?? "",
    subscriptionId: arm.subscriptionId,
    tenantId: tid ?? "",
  };
}

async function callResource(arm: Arm, spec: InvokeSpec, args: Properties): Promise<Properties> {
  const path = resourceId(spec.resource, args, arm.subscriptionId);
  const inPath = new Set([...pathParameters(spec.resource), ...spec.queryInputs]);
  const query: Record<string, string> = {};
  const body: Properties = {};
  for (const [name, value] of Object.entries(args)) {
    if (spec.queryInputs.includes(name)) query[name] = String(value);
    else if (!inPath.has(name)) body[spec.body[name] ?? name] = value;
  }
  const response = await arm.send({
    method: spec.post ? "POST" : "GET",
    path: spec.post ? `${path}/${spec.post}` : path,
    apiVersion: spec.apiVersion,
    query,
    ...(spec.post ? { body } : {}),
  });
  if (response.status >= 300) throw new Error(`request failed ${path}: ${azureError(response).message}`);
  if (!isObject(response.json)) return response.json === undefined ? {} : { value: response.json };
  if (spec.post) return toOutputs(spec.resultType, {}, response.json);
  const { id } = response.json;
  return {
    ...toOutputs(spec.resultType, spec.resource, response.json),
    ...(typeof id === "string" ? { id } : {}),
    azureApiVersion: spec.apiVersion,
  };
}

/** @throws `Invoke type X not found` for a function that is not served */
export async function invoke(
  arm: () => Promise<Arm>,
  token: string,
  args: Properties,
): Promise<{ result: Properties; failures: CheckFailure[] }> {
  if (token === CLIENT_CONFIG) return { result: await clientConfig(await arm()), failures: [] };
  if (token === CLIENT_TOKEN) {
    const endpoint = args["endpoint"];
    const audience = typeof endpoint === "string" && endpoint !== "" ? endpoint : undefined;
    return { result: { token: await (await arm()).token(audience) }, failures: [] };
  }
  const spec = invokeSpec(token);
  const failures = pathParameters(spec.resource)
    .filter((name) => args[name] === undefined)
    .map((name) => ({ property: name, reason: `missing required property '${name}'` }));
  if (failures.length > 0) return { result: {}, failures };
  return { result: await callResource(await arm(), spec, args), failures };
}
