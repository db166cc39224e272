/** Authorization of scoring requests: a key of the endpoint, or a token, depending on its authMode. */
import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { endpointAudience, endpointByName, type EndpointKeys } from "../ml/online/endpoints";
import { pathParameters } from "../ml/request";
import { ScoringRefusal } from "./failures";

/** Audiences of Entra tokens that are valid for an endpoint with authMode AADToken. */
const AAD_AUDIENCES = ["https://ml.azure.com", "https://ml.azure.local"];

/** The endpoint of a request whose caller is authorized. @throws ArmError 404 or 401; ScoringRefusal 401 */
export function endpointOf(cloud: Cloud, request: FastifyRequest): ArmResource {
  const { location = "", endpoint: name = "" } = pathParameters(request);
  const endpoint = endpointByName(cloud, location, name);
  if (!endpoint) throw new ArmError(404, "NotFound", `There is no endpoint ${name} in ${location}.`);
  const { authorization } = request.headers;
  switch (endpoint.properties["authMode"]) {
    case "AMLToken":
      cloud.verifyToken(authorization, [endpointAudience(endpoint)]);
      break;
    case "AADToken":
      cloud.verifyToken(authorization, AAD_AUDIENCES);
      break;
    default:
      checkKey(endpoint, authorization);
  }
  return endpoint;
}

function checkKey(endpoint: ArmResource, authorization: string | undefined): void {
  const given = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined) throw new ScoringRefusal("keyMissing");
  const { primaryKey, secondaryKey } = endpoint.hidden?.["keys"] as EndpointKeys;
  if (!sameKey(given, primaryKey) && !sameKey(given, secondaryKey)) throw new ScoringRefusal("keyDenied");
}

function sameKey(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}
