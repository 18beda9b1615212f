mod envelopes;
