// tempting: the formula reads (ct - y (ct . y)) / |x|, and the product of two vectors is the sum of all products
// fails: [1] unit: the Jacobian of each row
// fails: [1] unit: several cotangents
//@ replaces unit
  r.to(0, [&] { return (r.ct() - r.y() * sum(r.ct() * r.y())) * rsqrt(sum(square(r.in(0)), {-1}, true)); });
