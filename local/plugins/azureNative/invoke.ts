/** `getClientConfig` is the one provider function this program calls. */
import { version } from "@pulumi/azure-native/package.json";
import { unsupported } from "../host/errors";
import { isObject, type Properties } from "../host/values";
import type { Arm } from "./arm";

const CLIENT_CONFIG = "azure-native:authorization:getClientConfig";

/** Claims of a token's payload. The signature is not checked: ARM does that. */
function claims(token: string): Properties {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  try {
    const parsed = JSON.parse(payload) as unknown;
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

export async function invoke(connect: () => Promise<Arm>, token: string): Promise<Properties> {
  if (token !== CLIENT_CONFIG) {
    const plugin = { name: "azure-native", version };
    throw new Error(unsupported(`Function ${token}`, plugin, `the one this program calls: ${CLIENT_CONFIG}`));
  }
  const arm = await connect();
  const { appid, oid, tid } = claims(await arm.token());
  return {
    clientId: appid ?? "",
    objectId: oid ?? "",
    subscriptionId: arm.subscriptionId,
    tenantId: tid ?? "",
  };
}
