// Starts `prover lsp` beside the Lean extension's own server, and offers its commands.

import * as vscode from "vscode";
import {
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  State,
} from "vscode-languageclient/node";

import { commandLine, failureMessage, type ServerState, type Settings, statusText } from "./options";

let client: LanguageClient | undefined;
let status: vscode.StatusBarItem;
let log: vscode.OutputChannel;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  log = vscode.window.createOutputChannel("Prover");
  status = vscode.window.createStatusBarItem("prover", vscode.StatusBarAlignment.Right, 0);
  status.name = "Prover";
  status.command = "prover.restart";
  context.subscriptions.push(
    log,
    status,
    vscode.commands.registerCommand("prover.restart", restart),
    vscode.commands.registerCommand("prover.showLog", () => log.show()),
    vscode.commands.registerCommand("prover.finishHere", () => runHere("prover.finish", true)),
    vscode.commands.registerCommand("prover.fillAllHere", () => runHere("prover.fillAll", false)),
    vscode.commands.registerCommand("prover.checkHere", () => runHere("prover.check", true)),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("prover")) await restart();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

function settings(): Settings {
  const all = vscode.workspace.getConfiguration("prover");
  return {
    command: all.get<string[]>("command", ["prover"]),
    policy: all.get<string>("policy", ""),
    server: all.get<string>("server", ""),
    budget: all.get<string>("budget", ""),
    codeLens: all.get<boolean>("codeLens", true),
    hover: all.get<boolean>("hover", true),
  };
}

async function start(): Promise<void> {
  const chosen = settings();
  try {
    const { command, args } = commandLine(chosen);
    const server: ServerOptions = { command, args };
    const options: LanguageClientOptions = {
      documentSelector: [{ language: "lean4" }, { language: "lean" }],
      outputChannel: log,
    };
    const started = new LanguageClient("prover-server", "Prover", server, options);
    client = started;
    started.onDidChangeState((change) => {
      if (client === started) show(change.newState);
    });
    await started.start();
    // Meanwhile another may have taken its place, and none can be stopped that is still starting.
    if (client !== started) await started.stop();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.appendLine(reason);
    setStatus("failed", reason);
    void vscode.window.showErrorMessage(failureMessage(chosen, reason));
  }
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  if (old?.state === State.Running) await old.stop();
}

async function restart(): Promise<void> {
  await stop();
  // What was changed while one stopped has begun another.
  if (client === undefined) await start();
}

/** Run one of the server's commands on the file, and at the cursor, of the editor in front. */
async function runHere(command: string, withPlace: boolean): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || client?.state !== State.Running) {
    void vscode.window.showInformationMessage("Prover: open a Lean file first");
    return;
  }
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  const place = client.code2ProtocolConverter.asPosition(editor.selection.active);
  await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: withPlace ? [uri, place] : [uri] });
}

function show(state: State): void {
  const names: Record<State, ServerState> = {
    [State.Starting]: "starting",
    [State.Running]: "running",
    [State.Stopped]: "stopped",
  };
  setStatus(names[state]);
}

function setStatus(state: ServerState, detail = ""): void {
  const { text, tooltip, warning } = statusText(state, detail);
  status.text = text;
  status.tooltip = tooltip;
  status.backgroundColor = warning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  status.show();
}
