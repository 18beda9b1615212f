-- Tables of the same size without a fault.
create table customer (
    id      bigint primary key,
    email   text not null unique,
    name    text not null,
    country text not null
);
insert into customer
select n, 'user' || n || '@example.com', 'Name ' || n % 997, (array['de','fr','it'])[1 + n % 3]
from generate_series(1, 40000) n;

create table orders (
    id          bigint primary key,
    customer_id bigint not null references customer,
    status      text not null,
    placed_at   timestamptz not null,
    total_cents bigint not null
);
insert into orders
select n, 1 + n % 4000, (array['open','paid','sent','done'])[1 + n % 4],
       timestamptz '2026-01-01' + n * interval '1 minute', n % 9000
from generate_series(1, 60000) n;
create index orders_customer on orders (customer_id, placed_at desc);

create table line (
    id       bigint primary key,
    order_id bigint not null references orders,
    quantity int not null
);
insert into line select n, 1 + n % 60000, n % 5 from generate_series(1, 150000) n;
create index line_order on line (order_id);

create table event (id bigint primary key, kind int not null, at timestamptz not null);
insert into event
select n, 1 + n % 5, timestamptz '2026-01-01' + n * interval '1 second'
from generate_series(1, 120000) n;
create index event_kind_at on event (kind, at desc);
