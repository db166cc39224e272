import { servePlugin } from "../host/serve";
import { azureNativeProvider } from "./provider";

/** Entry of `pulumi-resource-azure-native`. */
export function main(): void {
  servePlugin((host) => azureNativeProvider(host), { cancelOnInterrupt: false });
}
