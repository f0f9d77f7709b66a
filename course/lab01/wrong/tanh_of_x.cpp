// tempting: "1 minus the square" is remembered, but not the square of what
// fails: [1] exp and tanh know their slopes
// fails: [2] the slopes of a network
//@ replaces tanh
return x.tape->record("tanh", std::tanh(x.value()), {{x.id, 1 - x.value() * x.value()}});
