-- The same shop every time; later statements repeat the seed, so that each can change alone.
select setseed(0.42);

insert into users (id, name, email)
select n,
       (array['Ada','Ben','Chloe','Dan','Elif','Finn','Grace','Hugo','Iris','Jonas','Kira','Liam'])[1 + n % 12]
           || ' ' ||
       (array['Moreau','Okafor','Petersen','Quinn','Rossi','Silva','Tanaka','Ueda','Varga','Weber','Young'])[1 + n % 11],
       'user' || n || '@example.com'
from generate_series(1, 1000) n;

insert into products (id, sku, name, description, price_cents)
select n,
       'SKU-' || lpad(n::text, 6, '0'),
       initcap(material || ' ' || thing || ' No. ' || n),
       'A ' || style || ' ' || thing || ' of ' || material || ', made for ' || place || '. '
           || repeat('Every ' || thing || ' is finished by hand, checked twice and packed in '
                     || 'recycled paper, and comes with a guarantee of five years. ', 12)
           || 'Pairs well with our ' || material || ' ' || other || '.',
       500 + (random() * 20000)::bigint
from (
    select n,
           (array['oak','steel','cotton','leather','copper','bamboo','wool','glass','ceramic'])[1 + n % 9] material,
           (array['desk lamp','chair','kettle','blanket','backpack','teapot','shelf','speaker','apron','planter','clock'])[1 + n % 11] thing,
           (array['plain','wireless','folding','quiet','heavy','bright','slim'])[1 + n % 7] style,
           (array['the garden','small flats','the office','long journeys','the kitchen'])[1 + n % 5] place,
           (array['coaster','cushion','tray','stool','lantern','basket','mat','hook'])[1 + n % 8] other
    from generate_series(1, 10000) n
) parts;

-- A few users order much, a few products are in most orders.
select setseed(0.43);

insert into orders (id, user_id, status, placed_at)
select n,
       1 + floor(1000 * power(random(), 2))::bigint,
       (array['placed','paid','shipped','delivered','delivered','delivered','returned'])[1 + floor(random() * 7)::int],
       timestamptz '2026-01-01' + n * interval '9 minutes'
from generate_series(1, 50000) n;

select setseed(0.44);

insert into order_lines (id, order_id, product_id, quantity, price_cents)
select row_number() over (),
       orders.id,
       product.id,
       1 + floor(random() * 3)::bigint,
       500 + (random() * 20000)::bigint
from orders,
     lateral (
         select 1 + floor(10000 * power(random(), 3))::bigint id
         from generate_series(1, 1 + (orders.id % 6)::int)
     ) product;

select setseed(0.45);

insert into reviews (id, product_id, user_id, stars, body, written_at)
select n,
       1 + floor(10000 * power(random(), 2))::bigint,
       1 + floor(1000 * random())::bigint,
       1 + floor(random() * 5)::smallint,
       (array['Just what I hoped for.','Arrived late.','Smaller than in the picture.','Would buy it again.'])[1 + n % 4],
       timestamptz '2026-01-01' + n * interval '7 minutes'
from generate_series(1, 60000) n;

-- What the doctor finds: reviews have no index by product or user, and one on orders is left from an
-- earlier time, whose work the next one does.
create index on orders (user_id);
create index on orders (user_id, id desc);
create index on order_lines (order_id);
create index on order_lines (product_id);
create index on products using gin (search);

analyze;
