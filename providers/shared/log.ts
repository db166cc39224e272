/** Prints one line that starts with the name of the resource in Azure. The engine shows it to the user. */
export function logLine(name: string, text: string): void {
  console.log(`[${name}] ${text}`);
}
