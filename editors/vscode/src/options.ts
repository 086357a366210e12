// From settings to the server's command line, and from the server's state to what the status item says.

export interface Settings {
  command: string[];
  policy: string;
  server: string;
  budget: string;
  codeLens: boolean;
  hover: boolean;
}

export interface CommandLine {
  command: string;
  args: string[];
}

/** How the server is started. A setting that is empty leaves the choice to the server. */
export function commandLine(settings: Settings): CommandLine {
  const [command, ...before] = settings.command.filter((part) => part.trim() !== "");
  if (command === undefined) {
    throw new Error("the setting prover.command is empty: name the program, for example [\"prover\"]");
  }
  const args = [...before, "lsp"];
  for (const [option, value] of [
    ["--policy", settings.policy],
    ["--server", settings.server],
    ["--budget", settings.budget],
  ] as const) {
    if (value.trim() !== "") args.push(option, value.trim());
  }
  if (!settings.codeLens) args.push("--no-code-lens");
  if (!settings.hover) args.push("--no-hover");
  return { command, args };
}

export type ServerState = "starting" | "running" | "stopped" | "failed";

export interface StatusText {
  text: string;
  tooltip: string;
  warning: boolean;
}

/** What the status item shows. */
export function statusText(state: ServerState, detail = ""): StatusText {
  const words: Record<ServerState, [icon: string, says: string]> = {
    starting: ["$(loading~spin)", "Prover is starting"],
    running: ["$(check)", "Prover is running"],
    stopped: ["$(circle-slash)", "Prover is not running; click to start it again"],
    failed: ["$(warning)", "Prover does not start; click to try again"],
  };
  const [icon, says] = words[state];
  return { text: `${icon} Prover`, tooltip: detail ? `${says}\n${detail}` : says, warning: state === "failed" };
}

/** What to tell a user whose server does not start. */
export function failureMessage(settings: Settings, reason: string): string {
  const program = settings.command.join(" ") || "prover";
  const missing = reason.includes("ENOENT")
    ? `there is no program ${program}: install it with pip install 'prover[editor]', or name it in prover.command`
    : `${program} lsp ended: ${reason}; run it in a terminal to see why, and prover doctor to see what is missing`;
  return `Prover: ${missing}`;
}
