"""From a document to the clips an editor would keep. Pure: nothing is read or cut."""
