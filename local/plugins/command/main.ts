import { servePlugin } from "../host/serve";
import { commandProvider } from "./provider";

/** Entry of `pulumi-resource-command`. */
export function main(): void {
  servePlugin(commandProvider, { cancelOnInterrupt: true });
}
