// In place of vscode-languageclient: servers that start and stop when a test lets them.

export enum State {
  Stopped = 1,
  Running = 2,
  Starting = 3,
}

export const ExecuteCommandRequest = { type: "workspace/executeCommand" };

/** All that were made, in order. */
export const clients: LanguageClient[] = [];

export class LanguageClient {
  state = State.Stopped;
  private go = (): void => undefined;

  constructor() {
    clients.push(this);
  }

  onDidChangeState(): void {}

  async start(): Promise<void> {
    this.state = State.Starting;
    await this.turn();
    this.state = State.Running;
  }

  async stop(): Promise<void> {
    if (this.state !== State.Running) throw new Error("Client is not running and can't be stopped.");
    await this.turn();
    this.state = State.Stopped;
  }

  /** Lets the start or stop that is under way end. */
  proceed(): void {
    this.go();
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.go = resolve;
    });
  }
}
