import { servePlugin } from "../host/serve";
import { azureNativeProvider } from "./provider";

/** 1f2ac3 */
export function main(): void {
  servePlugin((host) => azureNativeProvider(host), { cancelOnInterrupt: false });
}
