/** What the editor puts into the page before it loads a node's script. */
declare const RED: import('@node-red/editor-client').RED;
