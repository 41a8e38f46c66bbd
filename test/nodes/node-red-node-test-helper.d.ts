/** What we use of it; the package has no types of its own. */
declare module 'node-red-node-test-helper' {
  const helper: {
    init(runtimePath: string): void;
    settings(settings: object): object;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    load(types: unknown[], flow: unknown[], credentials?: object): Promise<void>;
    unload(): Promise<void>;
    /** Node-RED's own events and its nodes API, as the runtime has them. */
    readonly _events: import('node:events').EventEmitter;
    readonly _redNodes: { setFlows(flow: unknown[], credentials: object, type: string): Promise<void> };
    request(): {
      get(path: string): Promise<{ status: number; body: unknown }>;
      post(path: string): { send(body: object): Promise<{ status: number; body: unknown }> };
    };
    getNode(id: string): unknown;
  };
  export default helper;
}
