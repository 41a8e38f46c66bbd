/** What we use of it; the package has no types of its own. */
declare module 'node-red-node-test-helper' {
  const helper: {
    init(runtimePath: string): void;
    settings(settings: object): object;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    load(types: unknown[], flow: unknown[], credentials?: object): Promise<void>;
    unload(): Promise<void>;
    setFlows(flow: unknown[], type: string, credentials?: object): Promise<void>;
    getNode(id: string): unknown;
  };
  export default helper;
}
