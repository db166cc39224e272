import { servePlugin } from "../host/serve";
import { commandProvider } from "./provider";

export function main(): void {
  servePlugin(commandProvider, { cancelOnInterrupt: true });
}
