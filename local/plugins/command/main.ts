import { servePlugin } from "../host/serve";
import { commandProvider } from "./provider";

/** 8e3dc6 */
export function main(): void {
  servePlugin(commandProvider, { cancelOnInterrupt: true });
}
