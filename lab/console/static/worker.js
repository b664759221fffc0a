// The simulator in a thread of its own: Go compiled to WebAssembly. The first message starts it.
let ready;

async function start({start: rule, wasm, exec}) {
  importScripts(exec);
  const go = new Go();
  go.env = {PARLEY_RULE_OUT: String(rule || 0)};
  const started = new Promise(resolve => { self.parleyReady = resolve; });
  const answer = await fetch(wasm);
  if (!answer.ok) throw new Error(`The simulator could not be loaded: ${answer.status} ${answer.statusText}`);
  // A file server may not know the type of WebAssembly, so it is compiled from bytes.
  const {instance} = await WebAssembly.instantiate(await answer.arrayBuffer(), go.importObject);
  go.run(instance);
  await started;
}

self.onmessage = async ({data}) => {
  if (data.start !== undefined) {
    ready = start(data);
    ready.catch(() => {}); // told to who asks
    return;
  }
  try {
    await ready;
  } catch (error) {
    self.postMessage({id: data.id, error: error.message});
    return;
  }
  self.parleyAsk(data.text, (error, bytes, kind) => {
    if (error) self.postMessage({id: data.id, error});
    else self.postMessage({id: data.id, bytes: bytes.buffer, kind}, [bytes.buffer]);
  });
};
