import { servePlugin } from "../host/serve";
import { azureNativeProvider } from "./provider";

export function main(): void {
  servePlugin((host) => azureNativeProvider(host), { cancelOnInterrupt: false });
}
