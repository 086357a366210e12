// In place of the editor: what the extension asks of it, and a way to change a setting.

type Listener = (change: { affectsConfiguration: () => boolean }) => unknown;

let changed: Listener = () => undefined;

export const changeSetting = (): void => void changed({ affectsConfiguration: () => true });

export enum StatusBarAlignment {
  Right = 2,
}

export class ThemeColor {}

export const window = {
  createOutputChannel: () => ({ appendLine: () => undefined, show: () => undefined }),
  createStatusBarItem: () => ({ show: () => undefined }),
  showErrorMessage: (text: string): never => {
    throw new Error(text);
  },
  showInformationMessage: () => undefined,
};

export const commands = { registerCommand: () => undefined };

export const workspace = {
  getConfiguration: () => ({ get: <T>(_: string, usual: T): T => usual }),
  onDidChangeConfiguration: (listener: Listener): void => {
    changed = listener;
  },
};
