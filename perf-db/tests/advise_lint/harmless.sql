select 1
select now()
select version()
select current_date + 1
select id, email from customer where id = $1
select id, email, name from customer where id = any($1)
select id, email from customer where id in ($1, $2, $3)
select id, email from customer where email = $1
select id from customer where email = $1 and country = $2
select id from customer where lower(name) = $1
select id from customer where lower(name) = lower($1)
select id from customer where lower(name::text) = $1 limit 1
select id from customer where name = $1
select id from customer where name like $1
select id from customer where name like 'Name1%' limit 10
select id from customer where email like $1 || '%' limit 10
select id from customer where country = 'de' order by id limit 20
select id from customer where country = $1 order by created desc limit 20
select id from customer where created >= $1 and created < $2
select id from customer where created > now() - interval '1 day'
select id from customer where created > now() - $1::interval
select id from customer where created between $1 and $2 order by created
select id from customer where born = $1
select id from customer where born = date '1970-05-05'
select id from customer where born >= make_date(1970, 1, 1) and born < make_date(1970, 2, 1) limit 100
select id from customer where login = $1
select id from customer where login = 'Login7'
select id from customer where referrer = $1
select id from customer where referrer is null limit 10
select id from customer where referrer is not null order by id limit 10
select count(*) from customer
select count(*) from customer where country = $1
select count(*) from customer where created > $1
select count(*), max(created) from customer where referrer = $1
select country, count(*) from customer group by country
select country, count(*) from customer group by country having count(*) > 3 order by 2 desc
select country, avg(score) from customer where created > $1 group by 1 order by 2 desc limit 5
select distinct country from customer
select distinct on (country) country, id from customer order by country, created desc
select exists (select 1 from customer where email = $1)
select exists (select * from customer where email = $1)
select 1 from customer where email = $1 limit 1
select id from customer where score > $1 limit 100
select id from customer where score > 3.5 limit 100
select max(id) from customer
select min(created), max(created) from customer
select id, row_number() over (order by created) from customer where country = $1 limit 50
select id, email from customer where (created, id) > ($1, $2) order by created, id limit 20
select id, email from customer where id > $1 order by id limit 1000
select id, email from customer order by id limit 20 offset 40
select id, email from customer order by id limit $1 offset $2
select id, email from customer order by created desc fetch first 20 rows only
select id from customer where id = $1 for update
select id from customer where country = $1 order by id limit 10 for update skip locked
insert into customer (email, created) values ($1, now())
insert into customer (email, created) values ($1, now()) returning id
insert into customer (email, name, created) values ($1, $2, $3), ($4, $5, $6)
insert into customer (email, created) values ($1, now()) on conflict do nothing
insert into customer (email, created) select unnest($1::text[]), now()
update customer set name = $1 where id = $2
update customer set name = $1, score = score + 1 where id = $2 returning id, name
update customer set score = 0 where country = 'de'
update customer set score = 0 where created < now() - interval '1 year'
update customer c set score = x.score from (select customer_id, sum(total) as score from orders group by customer_id) x where x.customer_id = c.id
delete from customer where id = $1
delete from customer where id = any($1)
delete from customer where created < $1 and referrer is null
select * from category
select * from category where id = $1
select * from category order by name
select * from setting
select * from setting where name = $1
select name, value from setting
select name, value from setting where name in ('a', 'b')
insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value
update setting set value = $1 where name = $2
update setting set changed = now()
delete from setting
delete from setting where name = $1
select c.name from category c where lower(c.name) = 'c7'
select c.name, s.name from category c, setting s
select c.name, s.name from category c cross join setting s
select name from category where name like '%7'
select name from category order by random() limit 3
select id from orders where customer_id = $1
select id, number, status from orders where customer_id = $1 order by created desc
select id, number from orders where customer_id = $1 and status = 'open'
select id, number from orders where customer_id = $1 and status in ('open', 'done') order by id
select id, number from orders where customer_id = $1 and created::date = $2
select id, number from orders where customer_id = $1 and lower(note) = 'x'
select id, number from orders where customer_id = $1 and note like '%x%'
select id, number from orders where customer_id = $1 and (status = 'open' or channel = 3)
select id, number from orders where customer_id = $1 and coalesce(coupon_id, 0) = 0
select id, number from orders where number = $1
select id, number from orders where number = upper($1)
select id, number from orders where number = $1 or customer_id = $2
select id, number from orders where id = $1 or number = $2
select id from orders where customer_id = $1 or customer_id = $2
select id from orders where status = $1 limit 50
select id from orders where status = 'open' order by created limit 50
select id from orders where status <> 'done' limit 50
select id from orders where not (status = 'done') limit 50
select id from orders where created >= '2026-02-01' and created < '2026-02-02'
select id from orders where created >= $1::timestamptz and created < $1::timestamptz + interval '1 day'
select id from orders where created >= date_trunc('day', now()) limit 100
select id from orders where date_trunc('day', shipped) = $1
select id from orders where date_trunc('day', orders.shipped) = '2026-02-01'
select id from orders where shipped > now() - interval '2 hours' limit 10
select id from orders where shipped is null limit 10
select id from orders where total > 50 limit 10
select id from orders where total > 50.5 limit 10
select id from orders where total between $1 and $2 limit 10
select id from orders where total + tax > $1 limit 10
select id from orders where coupon_id = $1 limit 10
select id, total * 1.2 as gross from orders where id = $1
select id, coalesce(tax, 0), lower(status), created::date from orders where id = $1
select date_trunc('day', created) as day, count(*) from orders where created > $1 group by 1 order by 1
select created::date, sum(total) from orders where created >= $1 group by created::date
select extract(year from created), count(*) from orders group by 1
select status, count(*) filter (where total > 10) from orders group by status
select count(*) from orders
select count(*) from orders where status = 'open'
select count(*) from orders where customer_id = $1
select count(distinct customer_id) from orders where created > $1
select sum(total) from orders where customer_id = $1
select array_agg(id order by id) from orders where customer_id = $1
select json_agg(o) from (select id, number from orders where customer_id = $1) o
select row_to_json(o) from orders o where id = $1
select o.id, c.email from orders o join customer c on c.id = o.customer_id where o.id = $1
select o.id, c.email from orders o inner join customer c on o.customer_id = c.id where c.email = $1
select o.id, c.email from orders o, customer c where o.customer_id = c.id and o.number = $1
select o.id, c.email from orders as o left join customer as c on c.id = o.customer_id where o.customer_id = $1
select o.id, i.id from orders o join item i on i.order_id = o.id where o.number = $1
select o.id, i.id, p.name from orders o join item i on i.order_id = o.id join product p on p.id = i.product_id where o.customer_id = $1
select o.id, count(i.id) from orders o left join item i on i.order_id = o.id where o.customer_id = $1 group by o.id
select o.id, sum(i.price * i.quantity) from orders o join item i on i.order_id = o.id group by o.id order by 2 desc limit 10
select o.id from orders o join item i using (id) where o.id = $1
select o.id from orders o natural join setting s where o.id = $1
select o.id from orders o where exists (select 1 from item i where i.order_id = o.id and i.product_id = $1) limit 10
select o.id from orders o where not exists (select 1 from item i where i.order_id = o.id) limit 10
select o.id from orders o where o.customer_id in (select c.id from customer c where c.email = $1)
select o.id from orders o where o.id in (select order_id from item where product_id = $1) limit 10
select o.id from orders o where o.customer_id not in (select id from customer where score > 50) limit 10
select o.id from orders o where o.coupon_id not in (1, 2, 3) limit 10
select c.id from customer c where c.id not in (select coupon_id from orders where coupon_id is not null) limit 10
select c.id from customer c where c.id not in (select o.customer_id from orders o) limit 10
select c.id, (select count(*) from orders o where o.customer_id = c.id) from customer c where c.id = any($1)
select c.id, (select max(o.created) from orders o where o.customer_id = c.id) as last from customer c where c.country = $1 limit 20
select c.id, x.id from customer c cross join lateral (select o.id from orders o where o.customer_id = c.id order by o.created desc limit 3) x where c.id = any($1)
select c.id, x.n from customer c left join lateral (select count(*) as n from orders o where o.customer_id = c.id) x on true where c.email = $1
select c.id, d from customer c cross join generate_series(1, 3) d where c.id = $1
select d::date, count(o.id) from generate_series($1::timestamptz, $2, '1 day') d left join orders o on o.created >= d and o.created < d + interval '1 day' group by 1
select t.id, c.email from unnest($1::bigint[]) as t(id) join customer c on c.id = t.id
select c.email from customer c join (values (1), (2)) v(id) on v.id = c.id
with o as (select id, number from orders where customer_id = $1) select * from o
with o as (select id, number from orders where customer_id = $1) select o.id, i.id from o join item i on i.order_id = o.id
with big as (select customer_id, sum(total) as total from orders group by customer_id) select * from big order by total desc limit 10
with recursive up as (select id, referrer from customer where id = $1 union all select c.id, c.referrer from customer c join up on up.referrer = c.id) select * from up
with gone as (delete from item where order_id = $1 returning product_id) select product_id from gone
with new as (insert into orders (customer_id, number, status, total, created, channel) values ($1, $2, $3, $4, now(), 1) returning id) select id from new
with customer as (select 1 as id) select * from customer
with params as (select $1::bigint as id) select o.id from orders o, params p where o.customer_id = p.id
select id from orders where customer_id = $1 union select id from orders where number = $2
select id from orders where customer_id = $1 union all select id from orders where number = $2 and (customer_id = $1) is not true
select id from orders where customer_id = $1 except select order_id from item where product_id = $2
(select id from orders where customer_id = $1 order by id limit 5) union all (select id from orders where customer_id = $2 order by id limit 5)
insert into item (order_id, product_id, quantity, price) values ($1, $2, $3, $4)
insert into item (order_id, product_id, quantity, price) select $1, id, 1, 3.5 from product where sku = $2
insert into log (id, at, text) select id, created, note from orders where created < $1
update item set quantity = quantity + 1 where id = $1
update item i set price = 0 from orders o where o.id = i.order_id and o.number = $1
update orders set status = case when total > 10 then 'big' else 'small' end where customer_id = $1
delete from item i using orders o where o.id = i.order_id and o.status = 'gone'
delete from item where order_id in (select id from orders where number = $1)
select id, name, sku from product where sku = $1
select id, name from product where sku in ($1, $2)
select id, name from product where name ilike '%abc%'
select id, name from product where name like '%' || $1 || '%' limit 20
select id, name from product where data ->> 'brand' = $1
select id, name from product where product.data ->> 'brand' = 'b7' limit 20
select id, data ->> 'size' from product where id = $1
select id, data -> 'a' -> 'b' ->> 'c' from product where id = $1
select id from product where data @> $1::jsonb limit 10
select id from product where data ? 'brand' limit 10
select id from product where weight = 1.5
select id from product where weight > $1 limit 10
select id from product where rating = $1::numeric
select id from product where category_id = $1 limit 10
select id from product where category_id is distinct from $1 limit 10
select * from product where id = $1
select p.* from product p where p.sku = $1
select p.id, c.name from product p left join category c on c.id = p.category_id where p.sku = $1
select id from item where product_id = 7
select id from item where product_id = $1::bigint
select id from item where product_id = any($1::bigint[])
select id from item where order_id = $1 and quantity > 1
select product_id, sum(quantity) from item group by product_id order by 2 desc limit 10
select text from log where id = $1
select text from log where id between $1 and $2
select text from log order by id desc limit 100
select count(*) from log where id > $1
select relname from pg_class where relkind = 'r'
select count(*) from pg_stat_activity
select * from information_schema.tables where table_schema = 'public'
select * from elsewhere.orders
select * from no_such_table where lower(x) = 'y'
select nextval('item_id_seq')
select pg_advisory_lock($1)
select set_config('statement_timeout', $1, true)
set statement_timeout = 1000
begin
commit
show server_version
truncate setting
create index on orders (status)
explain select id from orders
vacuum analyze orders
listen changes
prepare x as select 1
